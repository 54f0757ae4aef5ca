"""The data of the service: rows in one SQLite file, and the contents of files next to it."""
