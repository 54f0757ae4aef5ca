"""Widgets that forms and panels share."""
