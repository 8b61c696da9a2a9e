"""Pictures: what is known of each, what members gave them to begin from, and styles."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

_ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_COUNTING = {"sqlite_autoincrement": True}  # SQLite's copy of a table would lose it.


def upgrade() -> None:
    _widen_jobs()
    _widen_words()
    _widen_artifacts()
    _widen_moderation()
    _create_uploads()
    _create_styles()


def _widen_jobs() -> None:
    # Without a copy of the table, which is the largest and has numbers that must not be given twice.
    op.add_column(
        "jobs",
        sa.Column(
            "guard",
            sa.String(16),
            sa.CheckConstraint("guard IN ('pass', 'blur', 'hold')", name=op.f("ck_jobs_guard")),
            nullable=False,
            server_default="hold",
        ),
    )


def _widen_words() -> None:
    last = _last_number("creations")
    with op.batch_alter_table("creations", table_kwargs=_COUNTING) as creations:
        creations.drop_constraint(op.f("ck_creations_medium"), type_="check")
        creations.create_check_constraint(op.f("ck_creations_medium"), "medium IN ('text', 'image')")
    _count_on_from("creations", last)
    words = ("again", "remix", "continuation", "revision", "variation", "reference", "upscale")
    with op.batch_alter_table("parents") as parents:
        parents.drop_constraint(op.f("ck_parents_relation"), type_="check")
        parents.create_check_constraint(op.f("ck_parents_relation"), _one_of("relation", *words))


def _widen_artifacts() -> None:
    with op.batch_alter_table("artifacts") as artifacts:
        artifacts.add_column(sa.Column("width", sa.Integer()))
        artifacts.add_column(sa.Column("height", sa.Integer()))
        artifacts.add_column(sa.Column("fingerprint", sa.String(16)))
        artifacts.add_column(sa.Column("unsafe", sa.Double()))
        artifacts.add_column(sa.Column("showing", sa.String(16)))
        artifacts.create_check_constraint(op.f("ck_artifacts_showing"), _one_of("showing", "open", "spoiler", "held"))


def _widen_moderation() -> None:
    last = _last_number("reports")
    with op.batch_alter_table("reports", table_kwargs=_COUNTING) as reports:
        reports.alter_column("reporter", existing_type=sa.BigInteger(), nullable=True)
        reports.drop_constraint(op.f("ck_reports_verdict"), type_="check")
        reports.create_check_constraint(
            op.f("ck_reports_verdict"), _one_of("verdict", "open", "dismissed", "hidden", "shown", "deleted")
        )
    _count_on_from("reports", last)
    deeds = ("hid", "showed", "released", "deleted", "dismissed", "blocked", "unblocked", "set")
    with op.batch_alter_table("audit") as audit:
        audit.drop_constraint(op.f("ck_audit_deed"), type_="check")
        audit.create_check_constraint(op.f("ck_audit_deed"), _one_of("deed", *deeds))


def _create_uploads() -> None:
    op.create_table(
        "uploads",
        sa.Column("job", _ROW_ID, autoincrement=False, nullable=False),
        sa.Column("part", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("media_type", sa.String(), nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("picture", sa.JSON()),
        sa.PrimaryKeyConstraint("job", "part", name="pk_uploads"),
        sa.ForeignKeyConstraint(["job"], ["jobs.id"], name="fk_uploads_job", ondelete="CASCADE"),
    )
    op.create_index("ix_uploads_sha256", "uploads", ["sha256"])


def _create_styles() -> None:
    op.create_table(
        "styles",
        sa.Column("server", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("preset", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("server", "key", name="pk_styles"),
    )


def _last_number(table: str) -> int | None:
    """The last number that SQLite gave, also to what was deleted since: its copy of a table knows but the rest."""
    if op.get_context().dialect.name != "sqlite":
        return None
    counter = sa.text("SELECT seq FROM sqlite_sequence WHERE name = :name")
    last: int | None = op.get_bind().scalar(counter, {"name": table})
    return last


def _count_on_from(table: str, last: int | None) -> None:
    if last is not None:
        named = {"name": table, "last": last}
        op.get_bind().execute(sa.text("DELETE FROM sqlite_sequence WHERE name = :name"), named)
        op.get_bind().execute(sa.text("INSERT INTO sqlite_sequence (name, seq) VALUES (:name, :last)"), named)


def _one_of(column: str, *words: str) -> str:
    listed = ", ".join(f"'{word}'" for word in words)
    return f"{column} IN ({listed})"
