"""Benchmarking: what an artifact costs on this computer, in size, time, memory and operations."""

from kerasft.benchmarking.measure import benchmark
from kerasft.benchmarking.results import Benchmark, Timing

__all__ = ["Benchmark", "Timing", "benchmark"]
