"""The response clock: what is owed, due, overdue."""
