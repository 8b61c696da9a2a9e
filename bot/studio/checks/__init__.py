"""Discord's limits: each check turns what the bot sent into a checked value or the error that Discord would give."""
