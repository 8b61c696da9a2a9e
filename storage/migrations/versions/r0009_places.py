"""Of which channel a job's thread is, and whether only those in it see it: what decides who may be shown the work.

Of earlier jobs nobody knows it any more.
"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    op.add_column("jobs", sa.Column("reply_parent", sa.BigInteger()))
    op.add_column("jobs", sa.Column("reply_is_private", sa.Boolean(), nullable=False, server_default=sa.false()))
