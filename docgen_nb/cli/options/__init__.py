"""Options that several commands have: times, services, and work that is repeated."""
