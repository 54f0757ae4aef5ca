"""The record of what was sent: submissions, their chunks and their rows."""
