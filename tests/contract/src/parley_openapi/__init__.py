"""The HTTP interfaces of all services as committed documents, and the gate that keeps their promises."""
