"""Column types for values that a database does not know: UTC times and the contract's dataclasses."""

from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, TypeVar

from pydantic import TypeAdapter
from sqlalchemy import JSON, DateTime, Dialect, Enum
from sqlalchemy.types import TypeDecorator

T = TypeVar("T")


class UtcDateTime(TypeDecorator[datetime]):
    """An aware time in UTC to the microsecond, also on SQLite, whose own times have no zone."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a time without a zone")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Stored(TypeDecorator[T]):
    """A frozen value of the contract as JSON, checked by pydantic on its way back.

    JSON and not JSONB: the latter refuses the NUL and the lone surrogates that a member can send.
    """

    impl = JSON
    cache_ok = True

    def __init__(self, value_type: type[T]) -> None:
        """`value_type` may also be a union of such values, told apart by a literal field."""
        super().__init__(none_as_null=True)
        self.value_type = value_type
        self._adapter: TypeAdapter[T] = TypeAdapter(value_type)

    def process_bind_param(self, value: T | None, dialect: Dialect) -> Any:
        return None if value is None else self._adapter.dump_python(value, mode="json")

    def process_result_value(self, value: Any, dialect: Dialect) -> T | None:
        return None if value is None else self._adapter.validate_python(value)


def one_of(values: type[StrEnum], *, name: str) -> Enum:
    """A plain string with a CHECK, so that a word can be added without a type of the database's own."""
    return Enum(
        values,
        name=name,
        length=16,
        native_enum=False,
        create_constraint=True,
        values_callable=lambda members: [member.value for member in members],
    )
