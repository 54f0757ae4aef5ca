"""Spans of time: which of them have far more affected jobs than usual."""
