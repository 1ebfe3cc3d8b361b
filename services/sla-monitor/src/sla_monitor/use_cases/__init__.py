"""What the monitor does: follow conversations, let time pass, keep the policy book, answer questions. Each body is one transaction."""
