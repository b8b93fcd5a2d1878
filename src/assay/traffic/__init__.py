"""Which accounts harvest a model's answers? Told from request logs that hold no text."""
