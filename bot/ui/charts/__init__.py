"""Pictures of numbers: `picture` says what they show, `drawing` draws them in a process of its own."""
