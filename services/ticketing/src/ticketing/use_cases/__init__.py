"""What only tickets do; everything else is the kernel's."""
