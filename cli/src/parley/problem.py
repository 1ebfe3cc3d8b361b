"""What a person is told where a command cannot do what it was asked for."""


class CannotDo(Exception):
    """The message says what is wrong and what to do."""
