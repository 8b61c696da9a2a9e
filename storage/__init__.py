"""What remembers: jobs, creations, ratings and their files."""

from storage.domain import Axis, Creation, Ignored, Page, Rating
from storage.errors import DatabaseUrlError, SchemaError, SchemaNewerError, SchemaOutdatedError
from storage.store import Storage

__all__ = [
    "Axis",
    "Creation",
    "DatabaseUrlError",
    "Ignored",
    "Page",
    "Rating",
    "SchemaError",
    "SchemaNewerError",
    "SchemaOutdatedError",
    "Storage",
]
