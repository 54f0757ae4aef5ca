"""HTTP messages of the service: requests, replies, JSON and multipart bodies, and paging."""
