"""Backups of a data folder, taken beside a running bot, and what brings one back."""
