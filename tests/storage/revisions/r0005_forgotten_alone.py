"""As revision 0005 stood where erased members were worked on."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

_ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    _create_forgotten()


def _create_forgotten() -> None:
    op.create_table(
        "forgotten",
        sa.Column("id", _ROW_ID, nullable=False),
        sa.Column("server", sa.BigInteger()),
        sa.Column("pseudonym", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_forgotten"),
    )
    op.create_index("ix_forgotten_server_at", "forgotten", ["server", "at"])
