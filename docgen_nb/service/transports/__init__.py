"""The transports of the service: an adapter for requests and an HTTP server."""
