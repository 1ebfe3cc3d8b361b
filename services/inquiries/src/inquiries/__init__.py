"""Questions about products and stores, with an account or as a guest."""
