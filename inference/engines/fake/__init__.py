"""Engines without a model, one a medium: to try the bot with, and to test against."""
