"""Trains the starter picture model: `python -m inference.training.pictures --help`."""
