"""What is looked at before a request is accepted, and before an artifact leaves."""
