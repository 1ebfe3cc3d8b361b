"""Benchmarks: each hot path beside the textbook way of doing the same work, and beside its ceiling, in one run."""
