"""Honest rivals: the same questions, answered by plain models and other libraries."""
