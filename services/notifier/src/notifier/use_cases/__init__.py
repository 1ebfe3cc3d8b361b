"""What the notifier does; each function's body is one transaction."""
