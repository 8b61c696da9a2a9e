"""Jobs whose messages still say what was erased since."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"

_ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "outdated",
        sa.Column("job", _ROW_ID, autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("job", name="pk_outdated"),
        sa.ForeignKeyConstraint(["job"], ["jobs.id"], name="fk_outdated_job", ondelete="CASCADE"),
    )
