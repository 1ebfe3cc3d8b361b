"""The rules of telling people: who is told what, and what becomes of a mail. No library, no clock, no network."""
