"""The product's real code on a virtual clock: hours in milliseconds, and every history again from its seed."""
