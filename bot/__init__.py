"""What members meet: the Discord bot, its commands, and the loopback studio."""
