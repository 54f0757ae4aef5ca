"""Compiled templates and what one rendering writes."""
