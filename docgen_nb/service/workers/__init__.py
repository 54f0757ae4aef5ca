"""Background work of the service: running jobs and sending webhook messages."""
