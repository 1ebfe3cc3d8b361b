"""Technical code that all Parley services share."""
