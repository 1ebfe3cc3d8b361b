"""The invariants: each module reads the evidence for one reason and yields what breaks a promise."""
