"""The response clock: what is owed, due and overdue, as a pure fold. Standard library only."""
