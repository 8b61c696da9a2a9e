"""Makes models of our own. Run by hosts and by release, never by the bot."""
