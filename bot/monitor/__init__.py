"""What a host's own watchdogs ask, on loopback: is the bot well (`/healthz`), and how is it doing (`/metrics`)."""

from bot.monitor.site import Monitor

__all__ = ["Monitor"]
