"""The endpoints of the service: each function answers one route."""
