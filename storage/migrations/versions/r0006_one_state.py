"""One state for every database: whoever upgraded to 0004 or 0005 while these stood in earlier texts lacks parts.

Each step looks first whether it is needed, so that this revision changes nothing in a database that lacks nothing.
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

_ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_RANKED = ("is_lead", "low", "creation")
_FILTERED = ("raters", "score", "created_at")
_INDEXES = {
    "ix_standings_server_information_chance_creation": ("server", "information", "chance", "creation"),
    "ix_standings_server_medium_information_chance_creation": (
        *("server", "medium", "information", "chance", "creation"),
    ),
    "ix_standings_server_medium_is_paired_duels_chance_creation": (
        *("server", "medium", "is_paired", "duels", "chance", "creation"),
    ),
    "ix_standings_server_selection_medium_created_at": ("server", "selection", "medium", "created_at"),
    "ix_standings_server_selection_medium_raters": ("server", "selection", "medium", "raters"),
    "ix_standings_server_selection_medium_score": ("server", "selection", "medium", "score"),
    "ix_standings_server_alike_low_creation": ("server", "alike", "low", "creation"),
    "ix_standings_decided": ("server", "selection", *_RANKED, *_FILTERED),
    "ix_standings_decided_medium": ("server", "selection", "medium", *_RANKED, *_FILTERED),
    "ix_standings_selected_by": ("selected_by",),
    "ix_standings_rated": ("server", *_RANKED, "created_at"),
    "ix_standings_rated_medium": ("server", "medium", *_RANKED, "created_at"),
    "ix_standings_rated_at": ("server", "medium", "created_at", "raters"),
    "ix_standings_lead": ("server", "alike"),
}
_IS_RATED = sa.text("raters > 0")
_SOME = {
    "ix_standings_rated": _IS_RATED,
    "ix_standings_rated_medium": _IS_RATED,
    "ix_standings_rated_at": _IS_RATED,
    "ix_standings_lead": sa.column("is_lead", sa.Boolean()).is_(True),
}


def upgrade() -> None:
    found = sa.inspect(op.get_bind())
    _complete_standings(found)
    _index_standings(found)
    if not any(index["name"] == "ix_tags_tag_creation" for index in found.get_indexes("tags")):
        op.create_index("ix_tags_tag_creation", "tags", ["tag", "creation"])
    if not found.has_table("forgotten"):
        _create_forgotten()
    if not found.has_table("released_raters"):
        _create_released_raters()


def _complete_standings(found: sa.Inspector) -> None:
    """The columns that the earlier text of 0004 lacked, filled as the later one fills them."""
    columns = {column["name"] for column in found.get_columns("standings")}
    if "duels" not in columns:
        op.add_column("standings", sa.Column("duels", sa.Integer(), nullable=False, server_default="0"))
        op.execute(
            "UPDATE standings SET duels = (SELECT count(*) FROM duels WHERE preference IS NOT NULL "
            "AND (left_work = standings.creation OR right_work = standings.creation))"
        )
    if "is_paired" not in columns:
        op.add_column("standings", sa.Column("is_paired", sa.Boolean(), nullable=False, server_default=sa.false()))
        for of_same_words in (
            "SELECT creation FROM artifacts WHERE part = 1",
            "SELECT creation FROM parents WHERE relation = 'again'",
            "SELECT creations.id FROM creations JOIN parents ON parents.job = creations.job_id AND relation = 'again'",
        ):
            paired = sa.text(f"UPDATE standings SET is_paired = :yes WHERE creation IN ({of_same_words})")  # noqa: S608
            op.execute(paired.bindparams(sa.bindparam("yes", True, sa.Boolean())))


def _index_standings(found: sa.Inspector) -> None:
    there = {str(index["name"]): tuple(index["column_names"]) for index in found.get_indexes("standings")}
    for name, columns in there.items():
        if _INDEXES.get(name) != columns:
            op.drop_index(name, "standings")
    for name, wanted in _INDEXES.items():
        if there.get(name) != wanted:
            some = _SOME.get(name)
            op.create_index(name, "standings", wanted, sqlite_where=some, postgresql_where=some)


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


def _create_released_raters() -> None:
    op.create_table(
        "released_raters",
        sa.Column("release", _ROW_ID, autoincrement=False, nullable=False),
        sa.Column("rater", sa.String(16), nullable=False),
        sa.PrimaryKeyConstraint("release", "rater", name="pk_released_raters"),
        sa.ForeignKeyConstraint(["release"], ["releases.id"], name="fk_released_raters_release", ondelete="CASCADE"),
    )
