"""What only inquiries have: what is asked about, and guests."""
