"""Measurements: run as `python -m benchmarks.NAME` in a clone; not part of the installed package."""
