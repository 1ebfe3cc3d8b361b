"""The drill: real processes under a seeded workload and seeded faults, and an offline checker of every promise."""
