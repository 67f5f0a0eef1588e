"""Algorithms that call solvers many times."""
