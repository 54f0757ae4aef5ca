"""Inputs for the values of a template: text, numbers, dates, choices, pictures and tables."""
