"""Models as data: where each comes from, what it may be used for and what it needs."""
