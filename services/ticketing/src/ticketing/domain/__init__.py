"""What only tickets have: orders, and the problems that people have with them."""
