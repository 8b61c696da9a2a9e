"""What all tables share."""

from datetime import datetime
from typing import ClassVar, Final

from sqlalchemy import BigInteger, Double, ForeignKey, Integer, MetaData, String
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from inference.contract.identifiers import (
    ApplicationId,
    ChannelId,
    CreationId,
    DuelId,
    JobId,
    MemberId,
    MessageId,
    ModelName,
    ReleaseId,
    ReportId,
    ServerId,
)
from storage.codec import UtcDateTime
from storage.domain import MAX_STARS, MIN_STARS

NAMING: Final = {
    "pk": "pk_%(table_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
}
# SQLite counts up only a column that is declared INTEGER.
ROW_ID: Final = BigInteger().with_variant(Integer, "sqlite")
STARS: Final = f"stars BETWEEN {MIN_STARS} AND {MAX_STARS}"


class Row(DeclarativeBase):
    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map: ClassVar = {
        int: Integer,
        float: Double,
        datetime: UtcDateTime,
        JobId: ROW_ID,
        CreationId: ROW_ID,
        ReportId: ROW_ID,
        DuelId: ROW_ID,
        ReleaseId: ROW_ID,
        ApplicationId: BigInteger,
        ServerId: BigInteger,
        ChannelId: BigInteger,
        MemberId: BigInteger,
        MessageId: BigInteger,
        ModelName: String,
    }


def creation_key(*, is_primary: bool = False) -> Mapped[CreationId]:
    return mapped_column(ForeignKey("creations.id", ondelete="CASCADE"), primary_key=is_primary, autoincrement=False)
