"""The demo shop: what your marketplace does for Parley's pages. It signs people in, and has the buttons that lead there."""
