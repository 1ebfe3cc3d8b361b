"""The local stack: real servers and all services on a machine that has only Python."""
