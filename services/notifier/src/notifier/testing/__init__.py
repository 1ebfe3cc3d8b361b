"""For the tests: records to begin with, and the ports in memory."""
