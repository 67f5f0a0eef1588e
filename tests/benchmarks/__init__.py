"""Tests of the benchmarks: what measures is tested too."""
