"""Lineage, variants, search, favourites, servers' settings, consents, reports and the audit log."""

import sqlalchemy as sa
from alembic import op

from storage.words import terms_of

revision = "0002"
down_revision = "0001"

_ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_TIME = sa.DateTime(timezone=True)
_COUNTING = {"sqlite_autoincrement": True}  # SQLite's copy of a table would lose it.


def upgrade() -> None:
    _create_parents()
    counters = _counters()
    _drop_parent_of_jobs()
    _widen_creations()
    _count_on_from(counters)
    _create_terms()
    _fill_terms()
    _create_favourites()
    _create_server_settings()
    _create_consents()
    _create_blocks()
    _create_reports()
    _create_audit()
    _create_erasures()
    _index_opinions()


def _create_parents() -> None:
    op.create_table(
        "parents",
        sa.Column("job", _ROW_ID, autoincrement=False, nullable=False),
        sa.Column("position", sa.Integer(), autoincrement=False, nullable=False),
        *_of_creation("parents"),
        _word("relation"),
        sa.Column("part", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("job", "position", name="pk_parents"),
        sa.ForeignKeyConstraint(["job"], ["jobs.id"], name="fk_parents_job", ondelete="CASCADE"),
        _one_of("parents", "relation", "again", "remix", "continuation", "revision"),
    )
    op.create_index("ix_parents_creation", "parents", ["creation"])
    # The only way to begin from another work was to make it again.
    op.execute(
        "INSERT INTO parents (job, position, creation, relation, part) "
        "SELECT id, 0, parent, 'again', 0 FROM jobs WHERE parent IS NOT NULL"
    )


def _drop_parent_of_jobs() -> None:
    op.drop_index("ix_jobs_parent", "jobs")
    with op.batch_alter_table("jobs", table_kwargs=_COUNTING) as jobs:
        jobs.drop_constraint("fk_jobs_parent", type_="foreignkey")
        jobs.drop_column("parent")
    op.create_index("ix_jobs_member_submitted_at", "jobs", ["member", "submitted_at"])
    op.create_index("ix_jobs_member_state", "jobs", ["member", "state"])
    op.create_index("ix_jobs_reply_server_submitted_at", "jobs", ["reply_server", "submitted_at"])


def _widen_creations() -> None:
    with op.batch_alter_table("creations", table_kwargs=_COUNTING) as creations:
        creations.add_column(sa.Column("medium", sa.String(16), nullable=False, server_default="text"))
        creations.add_column(sa.Column("picked", sa.Integer()))
        creations.add_column(sa.Column("hidden_at", _TIME))
        creations.create_check_constraint(op.f("ck_creations_medium"), "medium IN ('text')")
    with op.batch_alter_table("creations", table_kwargs=_COUNTING) as creations:
        creations.alter_column("medium", server_default=None)
    op.create_index("ix_creations_server_id", "creations", ["server", "id"])
    op.create_index("ix_creations_server_medium_id", "creations", ["server", "medium", "id"])
    is_hidden = sa.text("hidden_at IS NOT NULL")
    op.create_index(
        "ix_creations_hidden_at", "creations", ["hidden_at"], sqlite_where=is_hidden, postgresql_where=is_hidden
    )
    op.create_index("ix_creations_server_created_at", "creations", ["server", "created_at"])


def _counters() -> dict[str, int]:
    """The last numbers that SQLite gave, also to what was deleted since: its copy of a table knows but the rest."""
    if op.get_context().dialect.name != "sqlite":
        return {}
    given = op.get_bind().execute(sa.text("SELECT name, seq FROM sqlite_sequence WHERE name IN ('jobs', 'creations')"))
    return {row.name: row.seq for row in given}


def _count_on_from(counters: dict[str, int]) -> None:
    for name, last in counters.items():
        named = {"name": name, "last": last}
        op.get_bind().execute(sa.text("DELETE FROM sqlite_sequence WHERE name = :name"), named)
        op.get_bind().execute(sa.text("INSERT INTO sqlite_sequence (name, seq) VALUES (:name, :last)"), named)


def _create_terms() -> None:
    op.create_table(
        "terms",
        sa.Column("server", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("term", sa.String().with_variant(sa.String(collation="C"), "postgresql"), nullable=False),
        *_of_creation("terms"),
        sa.PrimaryKeyConstraint("server", "term", "creation", name="pk_terms"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_terms_creation_term", "terms", ["creation", "term"])


def _fill_terms() -> None:
    """In this same transaction, so that no search ever misses a work: some ten thousand works take a second or two."""
    connection = op.get_bind()
    works = sa.table("creations", sa.column("id"), sa.column("job_id"), sa.column("server"))
    jobs = sa.table("jobs", sa.column("id"), sa.column("request", sa.JSON()))
    terms = sa.table("terms", sa.column("server"), sa.column("term"), sa.column("creation"))
    query = sa.select(works.c.id, works.c.server, jobs.c.request).join(jobs, jobs.c.id == works.c.job_id)
    last = 0
    while rows := connection.execute(query.where(works.c.id > last).order_by(works.c.id).limit(1000)).all():
        found = [
            {"server": server, "term": term, "creation": creation}
            for creation, server, request in rows
            for term in sorted(terms_of(request["prompt"]))
        ]
        if found:
            connection.execute(sa.insert(terms), found)
        last = rows[-1].id


def _create_favourites() -> None:
    op.create_table(
        "favourites",
        sa.Column("member", sa.BigInteger(), autoincrement=False, nullable=False),
        *_of_creation("favourites"),
        sa.Column("message", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("kept_at", _TIME, nullable=False),
        sa.PrimaryKeyConstraint("member", "creation", "message", name="pk_favourites"),
    )
    op.create_index("ix_favourites_creation", "favourites", ["creation"])
    op.create_index("ix_favourites_message", "favourites", ["message"])


def _create_server_settings() -> None:
    op.create_table(
        "server_settings",
        sa.Column("server", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("settings", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("server", name="pk_server_settings"),
    )


def _create_consents() -> None:
    op.create_table(
        "consents",
        sa.Column("server", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("member", sa.BigInteger(), autoincrement=False, nullable=False),
        _word("consent"),
        sa.Column("at", _TIME, nullable=False),
        sa.Column("is_given", sa.Boolean()),
        sa.Column("wording", sa.Integer(), nullable=False),
        sa.Column("locale", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("server", "member", "consent", "at", name="pk_consents"),
        _one_of("consents", "consent", "works", "ratings"),
    )
    op.create_index("ix_consents_member", "consents", ["member"])


def _create_blocks() -> None:
    op.create_table(
        "blocks",
        sa.Column("server", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("member", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("blocked_by", sa.BigInteger(), nullable=False),
        sa.Column("blocked_at", _TIME, nullable=False),
        sa.PrimaryKeyConstraint("server", "member", name="pk_blocks"),
    )


def _create_reports() -> None:
    op.create_table(
        "reports",
        sa.Column("id", _ROW_ID, nullable=False),
        sa.Column("server", sa.BigInteger(), nullable=False),
        *_of_creation("reports"),
        sa.Column("reporter", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("reported_at", _TIME, nullable=False),
        _word("verdict"),
        sa.Column("decided_by", sa.BigInteger()),
        sa.Column("decided_at", _TIME),
        sa.Column("card_channel", sa.BigInteger()),
        sa.Column("card_message", sa.BigInteger()),
        sa.PrimaryKeyConstraint("id", name="pk_reports"),
        _one_of("reports", "verdict", "open", "dismissed", "hidden", "deleted"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_reports_server_verdict_id", "reports", ["server", "verdict", "id"])
    op.create_index("ix_reports_creation_reporter", "reports", ["creation", "reporter"], unique=True)
    op.create_index("ix_reports_reporter", "reports", ["reporter"])


def _create_audit() -> None:
    op.create_table(
        "audit",
        sa.Column("id", _ROW_ID, nullable=False),
        sa.Column("server", sa.BigInteger(), nullable=False),
        sa.Column("moderator", sa.BigInteger()),
        _word("deed"),
        sa.Column("at", _TIME, nullable=False),
        sa.Column("creation", _ROW_ID),
        sa.Column("member", sa.BigInteger()),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_audit"),
        _one_of("audit", "deed", "hid", "showed", "deleted", "dismissed", "blocked", "unblocked", "set"),
    )
    op.create_index("ix_audit_server_id", "audit", ["server", "id"])
    op.create_index("ix_audit_moderator", "audit", ["moderator"])
    op.create_index("ix_audit_member", "audit", ["member"])


def _create_erasures() -> None:
    op.create_table(
        "erasures",
        sa.Column("id", _ROW_ID, nullable=False),
        sa.Column("member", sa.BigInteger(), nullable=False),
        sa.Column("server", sa.BigInteger()),
        sa.Column("takes_messages", sa.Boolean(), nullable=False),
        sa.Column("asked_at", _TIME, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_erasures"),
    )
    op.create_table(
        "deletions",
        sa.Column("message", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("channel", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("message", name="pk_deletions"),
    )


def _index_opinions() -> None:
    op.create_index("ix_reactions_member_creation", "reactions", ["member", "creation"])
    op.create_index("ix_ratings_member_creation", "ratings", ["member", "creation"])
    op.create_index("ix_ratings_rated_at_creation", "ratings", ["rated_at", "creation"])


def _of_creation(table: str) -> tuple[sa.Column[int], sa.ForeignKeyConstraint]:
    return (
        sa.Column("creation", _ROW_ID, autoincrement=False, nullable=False),
        sa.ForeignKeyConstraint(["creation"], ["creations.id"], name=f"fk_{table}_creation", ondelete="CASCADE"),
    )


def _word(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.String(16), nullable=False)


def _one_of(table: str, column: str, *words: str) -> sa.CheckConstraint:
    listed = ", ".join(f"'{word}'" for word in words)
    return sa.CheckConstraint(f"{column} IN ({listed})", name=op.f(f"ck_{table}_{column}"))
