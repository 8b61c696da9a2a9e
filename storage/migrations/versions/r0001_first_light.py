"""From nothing: the ledger, creations, where they stand, and what members think of them."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

_ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    _create_jobs()
    _create_creations()
    if op.get_context().dialect.supports_alter:  # SQLite took it with the table.
        op.create_foreign_key("fk_jobs_parent", "jobs", "creations", ["parent"], ["id"], ondelete="SET NULL")
    _create_artifacts()
    _create_posts()
    _create_reactions()
    _create_clearings()
    _create_ratings()
    op.create_table(
        "command_trees",
        sa.Column("application", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("application", name="pk_command_trees"),
    )


def _create_jobs() -> None:
    op.create_table(
        "jobs",
        sa.Column("id", _ROW_ID, nullable=False),
        sa.Column("member", sa.BigInteger(), nullable=False),
        sa.Column("request", sa.JSON(), nullable=False),
        sa.Column("reply_application", sa.BigInteger(), nullable=False),
        sa.Column("reply_server", sa.BigInteger(), nullable=False),
        sa.Column("reply_channel", sa.BigInteger(), nullable=False),
        sa.Column("reply_token", sa.String(), nullable=False),
        sa.Column("reply_token_expires_at", _TIME, nullable=False),
        sa.Column("reply_message", sa.BigInteger(), nullable=False),
        sa.Column("locale", sa.String(), nullable=False),
        sa.Column("submitted_at", _TIME, nullable=False),
        sa.Column("predicted_seconds", sa.Double(), nullable=False),
        sa.Column("start_tag", sa.Double(), nullable=False),
        sa.Column("finish_tag", sa.Double(), nullable=False),
        sa.Column("parent", _ROW_ID),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("started_at", _TIME),
        sa.Column("finished_at", _TIME),
        sa.Column("delivered_at", _TIME),
        sa.Column("failure", sa.JSON()),
        sa.Column("made_with", sa.String()),
        sa.Column("made_size", sa.Integer()),
        sa.Column("device_seconds", sa.Double()),
        sa.PrimaryKeyConstraint("id", name="pk_jobs"),
        sa.ForeignKeyConstraint(
            ["parent"], ["creations.id"], name="fk_jobs_parent", ondelete="SET NULL", use_alter=True
        ),
        sa.CheckConstraint(
            "state IN ('queued', 'running', 'succeeded', 'failed', 'cancelled')", name=op.f("ck_jobs_state")
        ),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_jobs_state_start_tag_id", "jobs", ["state", "start_tag", "id"])
    op.create_index("ix_jobs_member_finish_tag", "jobs", ["member", "finish_tag"])
    op.create_index("ix_jobs_made_with_finished_at_id", "jobs", ["made_with", "finished_at", "id"])
    op.create_index("ix_jobs_parent", "jobs", ["parent"])
    was_started = sa.text("started_at IS NOT NULL")
    op.create_index(
        "ix_jobs_served_start_tag", "jobs", ["start_tag"], sqlite_where=was_started, postgresql_where=was_started
    )
    is_undelivered = sa.text("finished_at IS NOT NULL AND delivered_at IS NULL")
    op.create_index(
        "ix_jobs_undelivered",
        "jobs",
        ["finished_at", "id"],
        sqlite_where=is_undelivered,
        postgresql_where=is_undelivered,
    )


def _create_creations() -> None:
    op.create_table(
        "creations",
        sa.Column("id", _ROW_ID, nullable=False),
        sa.Column("job_id", _ROW_ID, nullable=False),
        sa.Column("server", sa.BigInteger(), nullable=False),
        sa.Column("member", sa.BigInteger(), nullable=False),
        sa.Column("provenance", sa.JSON(), nullable=False),
        sa.Column("created_at", _TIME, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_creations"),
        sa.UniqueConstraint("job_id", name="uq_creations_job_id"),
        sa.ForeignKeyConstraint(["job_id"], ["jobs.id"], name="fk_creations_job_id"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_creations_server_member_id", "creations", ["server", "member", "id"])


def _of_creation(table: str) -> tuple[sa.Column[int], sa.ForeignKeyConstraint]:
    return (
        sa.Column("creation", _ROW_ID, nullable=False),
        sa.ForeignKeyConstraint(["creation"], ["creations.id"], name=f"fk_{table}_creation", ondelete="CASCADE"),
    )


def _of_stars(table: str) -> tuple[sa.Column[int], sa.CheckConstraint]:
    return (
        sa.Column("stars", sa.Integer(), nullable=False),
        sa.CheckConstraint("stars BETWEEN 1 AND 5", name=op.f(f"ck_{table}_stars")),
    )


def _create_artifacts() -> None:
    op.create_table(
        "artifacts",
        *_of_creation("artifacts"),
        sa.Column("part", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("media_type", sa.String(), nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("creation", "part", name="pk_artifacts"),
    )
    op.create_index("ix_artifacts_sha256", "artifacts", ["sha256"])


def _create_posts() -> None:
    op.create_table(
        "posts",
        sa.Column("message", sa.BigInteger(), autoincrement=False, nullable=False),
        *_of_creation("posts"),
        sa.Column("part", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("message", name="pk_posts"),
    )
    op.create_index("ix_posts_creation_part", "posts", ["creation", "part"])


def _create_reactions() -> None:
    op.create_table(
        "reactions",
        sa.Column("message", sa.BigInteger(), autoincrement=False, nullable=False),
        *_of_stars("reactions"),
        sa.Column("member", sa.BigInteger(), nullable=False),
        *_of_creation("reactions"),
        sa.Column("at", _TIME, nullable=False),
        sa.Column("is_standing", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("message", "stars", "member", name="pk_reactions"),
    )
    op.create_index("ix_reactions_creation_member", "reactions", ["creation", "member"])


def _create_clearings() -> None:
    op.create_table(
        "clearings",
        sa.Column("message", sa.BigInteger(), autoincrement=False, nullable=False),
        *_of_stars("clearings"),
        *_of_creation("clearings"),
        sa.Column("at", _TIME, nullable=False),
        sa.PrimaryKeyConstraint("message", "stars", name="pk_clearings"),
    )
    op.create_index("ix_clearings_creation", "clearings", ["creation"])


def _create_ratings() -> None:
    op.create_table(
        "ratings",
        *_of_creation("ratings"),
        sa.Column("member", sa.BigInteger(), nullable=False),
        sa.Column("axis", sa.String(16), nullable=False),
        *_of_stars("ratings"),
        sa.Column("rated_at", _TIME, nullable=False),
        sa.PrimaryKeyConstraint("creation", "member", "axis", name="pk_ratings"),
        sa.CheckConstraint("axis IN ('overall')", name=op.f("ck_ratings_axis")),
    )
