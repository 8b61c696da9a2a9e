"""Where the files of a model are, and what they are known by."""

from pathlib import Path

from inference.catalog.marker import facts_of
from inference.catalog.model import Model
from inference.catalog.sources import FolderSource


def folder_of(entry: Model, models: Path) -> Path:
    """Where the model's files are, pulled or provided."""
    return entry.source.path if isinstance(entry.source, FolderSource) else models / entry.name


def source_sha256_of(entry: Model, folder: Path) -> str:
    """The sum that the puller verified, or the catalog's; empty where neither knows one."""
    return str(facts_of(folder).get("source_sha256", entry.source_sha256))
