"""Data for many documents from a table: its columns, the fields they fill, what comes of it."""
