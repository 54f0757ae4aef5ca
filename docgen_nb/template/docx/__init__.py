"""Word files: the package, its XML, and where tags and blocks stand in it."""
