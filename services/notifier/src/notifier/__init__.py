"""Tells people by e-mail, with a direct link."""
