"""Background work of the service: rendering jobs and sending webhooks."""
