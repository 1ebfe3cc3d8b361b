"""What a conversation is and who may do what in it: shared by ticketing and inquiries."""
