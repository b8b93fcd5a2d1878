"""How other programs write request logs: one file a format."""
