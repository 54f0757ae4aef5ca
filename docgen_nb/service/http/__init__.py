"""HTTP messages of the service: requests and replies, JSON and multipart bodies, pages."""
