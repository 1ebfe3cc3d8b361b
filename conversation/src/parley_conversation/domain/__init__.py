"""What a conversation is and who may do what in it: plain Python, no library."""
