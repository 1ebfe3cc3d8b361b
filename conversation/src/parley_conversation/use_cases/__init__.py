"""What can be done with conversations: each use case is one transaction."""
