"""`simulate`: run situations from files through the real fold, to try a policy before it is switched on."""
