"""The drill of isolation: whether trouble elsewhere changes what a quiet market sees."""
