"""The two doors of the service: an adapter for requests, and a port."""
