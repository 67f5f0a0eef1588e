"""Formulations: pure algebra over tables, one question each."""
