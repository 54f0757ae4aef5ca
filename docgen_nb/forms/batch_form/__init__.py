"""BatchForm and its sections."""
