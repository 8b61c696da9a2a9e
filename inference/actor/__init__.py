"""The one process that owns the device: its wire, its child side and the parent's supervisor."""
