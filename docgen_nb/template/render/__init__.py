"""Compilation of parts and rendering of data."""
