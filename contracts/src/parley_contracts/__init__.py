"""The event contract of Parley. It needs pydantic and nothing else."""
