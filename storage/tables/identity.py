"""Which database this is."""

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from storage.tables.base import Row


class IdentityRow(Row):
    """One row alone, drawn by the migration that makes the table; a copy of the database has the same."""

    __tablename__ = "identity"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
