"""The part of every metric that depends on the table engine: encoding and counting."""
