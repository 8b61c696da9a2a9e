"""What makes the works: one engine a medium, each a generator of events that the actor steps."""
