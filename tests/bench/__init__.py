"""Benchmarks: run by hand, never part of the test suite. Each prints ratios against a raw baseline of the same run."""
