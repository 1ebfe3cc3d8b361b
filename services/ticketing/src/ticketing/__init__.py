"""Support tickets about orders."""
