"""The one error of the local stack: what is wrong and what to do about it."""


class CannotRun(Exception):
    """The local stack cannot do what was asked; the message says why and what to do."""
