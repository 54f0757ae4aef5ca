"""The data of the service: rows in one SQLite file, and file contents beside it."""
