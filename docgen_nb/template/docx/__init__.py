"""Word documents: the zip package, its XML, and the tags in the text."""
