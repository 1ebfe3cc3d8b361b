"""The command for people who run Parley."""
