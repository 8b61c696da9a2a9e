"""What remembers: jobs, creations, ratings and their files."""

from storage.database import address_of
from storage.domain import Axis, Creation, Ignored, Page, Rating
from storage.errors import (
    DatabaseUrlError,
    MediaForeignError,
    MediaMismatchError,
    MediaUnclaimedError,
    SchemaError,
    SchemaNewerError,
    SchemaOutdatedError,
)
from storage.store import Storage

__all__ = [
    "Axis",
    "Creation",
    "DatabaseUrlError",
    "Ignored",
    "MediaForeignError",
    "MediaMismatchError",
    "MediaUnclaimedError",
    "Page",
    "Rating",
    "SchemaError",
    "SchemaNewerError",
    "SchemaOutdatedError",
    "Storage",
    "address_of",
]
