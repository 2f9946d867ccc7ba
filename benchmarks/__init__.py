"""Benchmarks: `python -m benchmarks` prints the tables of docs/benchmarks.md. Ratios are of one run, in turns."""
