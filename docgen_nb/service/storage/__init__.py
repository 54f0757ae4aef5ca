"""What the service keeps, as rows in one SQLite file and contents beside it."""
