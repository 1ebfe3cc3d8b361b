"""What tests of the kernel and of the services on it share: doubles of the ports, and builders of the domain."""
