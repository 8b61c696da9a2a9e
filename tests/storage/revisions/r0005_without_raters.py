"""As revision 0005 stood before the raters of releases were added to it."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

_ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    _create_forgotten()
    _index_standings()


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


def _index_standings() -> None:
    for columns in (
        ["server", "is_lead", "low", "creation"],
        ["server", "medium", "is_lead", "low", "creation"],
        ["server", "selection", "is_lead", "low", "creation"],
        ["server", "alike"],
    ):
        op.drop_index(f"ix_standings_{'_'.join(columns)}", "standings")
    for column in ("created_at", "raters", "score"):
        op.create_index(
            f"ix_standings_server_selection_medium_{column}", "standings", ["server", "selection", "medium", column]
        )
    op.create_index("ix_standings_server_alike_low_creation", "standings", ["server", "alike", "low", "creation"])
    ranked, filtered = ["is_lead", "low", "creation"], ["raters", "score", "created_at"]
    op.create_index("ix_standings_decided", "standings", ["server", "selection", *ranked, *filtered])
    op.create_index("ix_standings_decided_medium", "standings", ["server", "selection", "medium", *ranked, *filtered])
    is_rated, is_lead = sa.text("raters > 0"), sa.column("is_lead", sa.Boolean()).is_(True)
    for name, columns, some in (
        ("rated", ["server", *ranked, "created_at"], is_rated),
        ("rated_medium", ["server", "medium", *ranked, "created_at"], is_rated),
        ("rated_at", ["server", "medium", "created_at", "raters"], is_rated),
        ("lead", ["server", "alike"], is_lead),
    ):
        op.create_index(f"ix_standings_{name}", "standings", columns, sqlite_where=some, postgresql_where=some)
