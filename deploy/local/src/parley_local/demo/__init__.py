"""`make demo`: the main story of Parley, told on the running stack by somebody who only clicks, reads mail and reads the log."""
