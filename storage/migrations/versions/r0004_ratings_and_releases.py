"""Ratings on several axes, duels, raters, where works stand, what curators decided, releases."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

_ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_TIME = sa.DateTime(timezone=True)
_COUNTING = {"sqlite_autoincrement": True}
_AXES = ("overall", "beauty", "fit", "flawlessness")
_WAYS = ("reaction", "form", "served")


def upgrade() -> None:
    _widen_ratings()
    _widen_audit()
    _create_remarks()
    _create_repeats()
    _create_duels()
    _create_raters()
    _create_standings()
    _create_releases()


def _widen_ratings() -> None:
    with op.batch_alter_table("ratings") as ratings:
        ratings.add_column(sa.Column("via", sa.String(16), nullable=False, server_default="reaction"))
        ratings.add_column(sa.Column("said_stars", sa.Integer()))
        ratings.add_column(sa.Column("said_at", _TIME))
        ratings.add_column(sa.Column("said_via", sa.String(16)))
        ratings.drop_constraint(op.f("ck_ratings_axis"), type_="check")
        ratings.create_check_constraint(op.f("ck_ratings_axis"), _is_one_of("axis", *_AXES))
        ratings.create_check_constraint(op.f("ck_ratings_via"), _is_one_of("via", *_WAYS))
        ratings.create_check_constraint(op.f("ck_ratings_said_via"), _is_one_of("said_via", *_WAYS))


def _widen_audit() -> None:
    deeds = ("hid", "showed", "released", "deleted", "dismissed", "blocked", "unblocked", "set")
    more = ("accepted", "rejected", "reopened", "tagged", "published")
    with op.batch_alter_table("audit") as audit:
        audit.drop_constraint(op.f("ck_audit_deed"), type_="check")
        audit.create_check_constraint(op.f("ck_audit_deed"), _is_one_of("deed", *deeds, *more))


def _create_remarks() -> None:
    op.create_table(
        "remarks",
        *_of_creation("remarks"),
        _number("member"),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("said_at", _TIME, nullable=False),
        sa.PrimaryKeyConstraint("creation", "member", name="pk_remarks"),
    )
    op.create_index("ix_remarks_member_creation", "remarks", ["member", "creation"])


def _create_repeats() -> None:
    op.create_table(
        "repeats",
        *_of_creation("repeats"),
        _number("member"),
        _word("axis"),
        sa.Column("first_stars", sa.Integer(), nullable=False),
        sa.Column("first_at", _TIME, nullable=False),
        sa.Column("stars", sa.Integer(), nullable=False),
        sa.Column("at", _TIME, nullable=False),
        sa.PrimaryKeyConstraint("creation", "member", "axis", name="pk_repeats"),
        _one_of("repeats", "axis", *_AXES),
        sa.CheckConstraint("stars BETWEEN 1 AND 5", name=op.f("ck_repeats_stars")),
    )
    op.create_index("ix_repeats_member_creation", "repeats", ["member", "creation"])


def _create_duels() -> None:
    op.create_table(
        "duels",
        sa.Column("id", _ROW_ID, primary_key=True),
        _number("server"),
        _number("member"),
        _word("ground"),
        *_of_creation("duels", "left_work"),
        sa.Column("left_part", sa.Integer(), nullable=False),
        *_of_creation("duels", "right_work"),
        sa.Column("right_part", sa.Integer(), nullable=False),
        sa.Column("asked_at", _TIME, nullable=False),
        sa.Column("preference", sa.String(16)),
        sa.Column("decided_at", _TIME),
        _one_of("duels", "ground", "prompt", "theme"),
        _one_of("duels", "preference", "left", "right", "tie"),
        **_COUNTING,
    )
    op.create_index("ix_duels_server_id", "duels", ["server", "id"])
    op.create_index("ix_duels_member_id", "duels", ["member", "id"])
    op.create_index("ix_duels_left_work", "duels", ["left_work"])
    op.create_index("ix_duels_right_work", "duels", ["right_work"])


def _create_raters() -> None:
    op.create_table(
        "raters",
        _number("server"),
        _number("member"),
        *_figures("severity", "severity_deviation", "weight"),
        sa.Column("ratings", sa.Integer(), nullable=False),
        sa.Column("flags", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("server", "member", name="pk_raters"),
    )
    op.create_index("ix_raters_member", "raters", ["member"])
    op.create_table(
        "praises",
        _number("server"),
        _number("rater"),
        _number("author"),
        *_figures("weight"),
        sa.PrimaryKeyConstraint("server", "rater", "author", name="pk_praises"),
    )
    op.create_index("ix_praises_rater", "praises", ["rater"])
    op.create_index("ix_praises_author", "praises", ["author"])
    op.create_table(
        "scales",
        _number("server"),
        *_figures("mean", "work_variance", "rater_variance", "noise_variance"),
        sa.Column("ratings", sa.Integer(), nullable=False),
        sa.Column("fitted_at", _TIME, nullable=False),
        sa.PrimaryKeyConstraint("server", name="pk_scales"),
    )


def _create_standings() -> None:
    op.create_table(
        "standings",
        *_of_creation("standings"),
        _number("server"),
        _number("member"),
        _word("medium"),
        sa.Column("created_at", _TIME, nullable=False),
        sa.Column("raters", sa.Integer(), nullable=False),
        *_figures("information", "score", "low", "high"),
        sa.Column("chance", sa.BigInteger(), nullable=False),
        sa.Column("alike", _ROW_ID, autoincrement=False, nullable=False),
        sa.Column("is_lead", sa.Boolean(), nullable=False),
        _word("selection"),
        sa.Column("selected_by", sa.BigInteger()),
        sa.Column("selected_at", _TIME),
        sa.Column("is_paired", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.Column("duels", sa.Integer(), nullable=False, server_default="0"),
        sa.PrimaryKeyConstraint("creation", name="pk_standings"),
        _one_of("standings", "medium", "text", "image"),
        _one_of("standings", "selection", "open", "accepted", "rejected"),
    )
    # Nobody rated them as far as this table knows; the fit at the next start counts what was rated before.
    op.execute(
        sa.text(
            "INSERT INTO standings (creation, server, member, medium, created_at, raters, information, score, low, "
            "high, chance, alike, is_lead, selection) SELECT id, server, member, medium, created_at, 0, 0, 3, 1, 5, "
            "(id * 2654435761) % 4294967296, id, :yes, 'open' FROM creations"
        ).bindparams(sa.bindparam("yes", True, sa.Boolean()))
    )
    _find_pairs()
    for columns in (
        ["server", "information", "chance", "creation"],
        ["server", "medium", "information", "chance", "creation"],
        ["server", "medium", "is_paired", "duels", "chance", "creation"],
        ["server", "is_lead", "low", "creation"],
        ["server", "medium", "is_lead", "low", "creation"],
        ["server", "selection", "is_lead", "low", "creation"],
        ["server", "alike"],
        ["selected_by"],
    ):
        op.create_index(f"ix_standings_{'_'.join(columns)}", "standings", columns)
    op.create_table(
        "tags",
        *_of_creation("tags"),
        sa.Column("tag", sa.String(32), nullable=False),
        sa.PrimaryKeyConstraint("creation", "tag", name="pk_tags"),
    )
    op.create_index("ix_tags_tag_creation", "tags", ["tag", "creation"])


def _find_pairs() -> None:
    """What was made of the same words: pictures of a set, variants of a text, and works that were made again."""
    for of_same_words in (
        "SELECT creation FROM artifacts WHERE part = 1",
        "SELECT creation FROM parents WHERE relation = 'again'",
        "SELECT creations.id FROM creations JOIN parents ON parents.job = creations.job_id AND relation = 'again'",
    ):
        paired = sa.text(f"UPDATE standings SET is_paired = :yes WHERE creation IN ({of_same_words})")  # noqa: S608
        op.execute(paired.bindparams(sa.bindparam("yes", True, sa.Boolean())))


def _create_releases() -> None:
    op.create_table(
        "releases",
        sa.Column("id", _ROW_ID, primary_key=True),
        _number("server"),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("made_by", sa.BigInteger()),
        sa.Column("made_at", _TIME, nullable=False),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in ("works", "ratings", "pairs")),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("manifest_sha256", sa.String(64), nullable=False),
        sa.Column("folder", sa.String(), nullable=False),
        **_COUNTING,
    )
    op.create_index("ix_releases_server_version", "releases", ["server", "version"], unique=True)
    op.create_index("ix_releases_made_by", "releases", ["made_by"])
    op.create_table(
        "released_works",
        sa.Column("release", _ROW_ID, autoincrement=False, nullable=False),
        sa.Column("creation", _ROW_ID, autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("release", "creation", name="pk_released_works"),
        sa.ForeignKeyConstraint(["release"], ["releases.id"], name="fk_released_works_release", ondelete="CASCADE"),
    )
    op.create_index("ix_released_works_creation", "released_works", ["creation"])


def _number(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), autoincrement=False, nullable=False)


def _word(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.String(16), nullable=False)


def _figures(*names: str) -> tuple[sa.Column[float], ...]:
    return tuple(sa.Column(name, sa.Double(), nullable=False) for name in names)


def _of_creation(table: str, column: str = "creation") -> tuple[sa.Column[int], sa.ForeignKeyConstraint]:
    return (
        sa.Column(column, _ROW_ID, autoincrement=False, nullable=False),
        sa.ForeignKeyConstraint([column], ["creations.id"], name=f"fk_{table}_{column}", ondelete="CASCADE"),
    )


def _one_of(table: str, column: str, *words: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(_is_one_of(column, *words), name=op.f(f"ck_{table}_{column}"))


def _is_one_of(column: str, *words: str) -> str:
    listed = ", ".join(f"'{word}'" for word in words)
    return f"{column} IN ({listed})"
