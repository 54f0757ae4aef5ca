"""One module per group of Box's endpoints."""
