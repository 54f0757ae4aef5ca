"""Encoding and counting: the part of every metric that runs on the engine of its table."""
