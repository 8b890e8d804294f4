"""Everything that the first release keeps."""

from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

Key = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "instance",
        sa.Column("name", sa.String(40), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_instance")),
    )
    op.create_table(
        "counters",
        sa.Column("name", sa.String(40), nullable=False),
        sa.Column("value", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_counters")),
    )
    op.create_table(
        "providers",
        sa.Column("ods", sa.String(20), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("controller", sa.Text(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("legal_basis", sa.Text(), nullable=False),
        sa.Column("categories", sa.Text(), nullable=False),
        sa.Column("interval_hours", sa.Integer(), nullable=False),
        sa.Column("registered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_delivery_at", sa.DateTime(timezone=True)),
        sa.Column("last_success_at", sa.DateTime(timezone=True)),
        sa.Column("held", sa.BigInteger(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("ods", name=op.f("pk_providers")),
    )
    op.create_table(
        "deliveries",
        sa.Column("id", Key, nullable=False),
        sa.Column("ods", sa.String(20), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True)),
        sa.Column("received", sa.Integer(), nullable=False),
        sa.Column("stored", sa.Integer(), nullable=False),
        sa.Column("unchanged", sa.Integer(), nullable=False),
        sa.Column("updated", sa.Integer(), nullable=False),
        sa.Column("irregular", sa.Integer(), nullable=False),
        sa.Column("quarantined", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deliveries")),
        sa.ForeignKeyConstraint(["ods"], ["providers.ods"], name=op.f("fk_deliveries_ods")),
    )
    op.create_table(
        "quarantine",
        sa.Column("id", Key, nullable=False),
        sa.Column("ods", sa.String(20), nullable=False),
        sa.Column("delivery_id", Key, nullable=False),
        sa.Column("position", sa.Text(), nullable=False),
        sa.Column("reason", sa.String(60), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("digest", sa.LargeBinary(16), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quarantine")),
        sa.ForeignKeyConstraint(["delivery_id"], ["deliveries.id"], name=op.f("fk_quarantine_delivery_id")),
        sa.ForeignKeyConstraint(["ods"], ["providers.ods"], name=op.f("fk_quarantine_ods")),
        sa.UniqueConstraint("ods", "digest", "reason", name=op.f("uq_quarantine_ods_digest_reason")),
    )
    op.create_table(
        "source_patients",
        sa.Column("id", Key, nullable=False),
        sa.Column("ods", sa.String(20), nullable=False),
        sa.Column("local_id", sa.String(80), nullable=False),
        sa.Column("known", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_source_patients")),
        sa.ForeignKeyConstraint(["ods"], ["providers.ods"], name=op.f("fk_source_patients_ods")),
        sa.UniqueConstraint("ods", "local_id", name=op.f("uq_source_patients_ods_local_id")),
    )
    op.create_table(
        "same_as",
        sa.Column("source_patient_id", Key, nullable=False),
        sa.Column("other_id", Key, nullable=False),
        sa.PrimaryKeyConstraint("source_patient_id", "other_id", name=op.f("pk_same_as")),
        sa.ForeignKeyConstraint(["other_id"], ["source_patients.id"], name=op.f("fk_same_as_other_id")),
        sa.ForeignKeyConstraint(
            ["source_patient_id"], ["source_patients.id"], name=op.f("fk_same_as_source_patient_id")
        ),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_same_as_other_id", "same_as", ["other_id"])
    op.create_table(
        "tokens",
        sa.Column("token", sa.LargeBinary(16), nullable=False),
        sa.Column("source_patient_id", Key, nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.PrimaryKeyConstraint("token", "source_patient_id", name=op.f("pk_tokens")),
        sa.ForeignKeyConstraint(
            ["source_patient_id"], ["source_patients.id"], name=op.f("fk_tokens_source_patient_id")
        ),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_tokens_source_patient_id", "tokens", ["source_patient_id"])
    op.create_table(
        "patients",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_patients")),
    )
    op.create_table(
        "links",
        sa.Column("id", Key, nullable=False),
        sa.Column("source_patient_id", Key, nullable=False),
        sa.Column("patient_id", sa.Uuid(), nullable=False),
        sa.Column("rule", sa.String(40), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_links")),
        sa.ForeignKeyConstraint(["patient_id"], ["patients.id"], name=op.f("fk_links_patient_id")),
        sa.ForeignKeyConstraint(["source_patient_id"], ["source_patients.id"], name=op.f("fk_links_source_patient_id")),
    )
    op.create_index("ix_links_patient_id", "links", ["patient_id"])
    op.create_index("ix_links_source_patient_id", "links", ["source_patient_id"])
    op.create_index(
        "uq_links_current",
        "links",
        ["source_patient_id"],
        unique=True,
        sqlite_where=sa.text("until IS NULL"),
        postgresql_where=sa.text("until IS NULL"),
    )
    op.create_table(
        "reviews",
        sa.Column("id", Key, nullable=False),
        sa.Column("source_patient_id", Key, nullable=False),
        sa.Column("other_id", Key, nullable=False),
        sa.Column("reason", sa.String(40), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reviews")),
        sa.ForeignKeyConstraint(["other_id"], ["source_patients.id"], name=op.f("fk_reviews_other_id")),
        sa.ForeignKeyConstraint(
            ["source_patient_id"], ["source_patients.id"], name=op.f("fk_reviews_source_patient_id")
        ),
    )
    op.create_index("ix_reviews_other_id", "reviews", ["other_id"])
    op.create_index("ix_reviews_source_patient_id", "reviews", ["source_patient_id"])
    op.create_table(
        "statements",
        sa.Column("subject", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("key", sa.LargeBinary(16), nullable=False),
        sa.Column("source", sa.String(20), nullable=False),
        sa.Column("type", sa.String(40), nullable=False),
        sa.Column("local_id", sa.String(64), nullable=False),
        sa.Column("digest", sa.LargeBinary(16), nullable=False),
        sa.Column("version", sa.Text()),
        sa.Column("updated", sa.DateTime(timezone=True)),
        sa.Column("delivery_id", sa.BigInteger(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("superseded_at", sa.DateTime(timezone=True)),
        sa.Column("codec", sa.SmallInteger(), nullable=False),
        sa.Column("body", sa.LargeBinary()),
        sa.Column("refs", sa.Text()),
        sa.Column("irregular", sa.Text()),
        sa.PrimaryKeyConstraint("subject", "id", name=op.f("pk_statements")),
        sqlite_with_rowid=False,
    )
    op.create_index(
        "uq_statements_current",
        "statements",
        ["key"],
        unique=True,
        sqlite_where=sa.text("superseded_at IS NULL"),
        postgresql_where=sa.text("superseded_at IS NULL"),
    )
    op.create_table(
        "aliases",
        sa.Column("alias", sa.LargeBinary(16), nullable=False),
        sa.Column("key", sa.LargeBinary(16), nullable=False),
        sa.PrimaryKeyConstraint("alias", name=op.f("pk_aliases")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "facts",
        sa.Column("statement_id", sa.BigInteger(), nullable=False),
        sa.Column("source_patient_id", Key, nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("org", sa.String(20), nullable=False),
        sa.Column("starts", sa.DateTime(timezone=True)),
        sa.Column("ends", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("source_patient_id", "statement_id", "kind", "org", name=op.f("pk_facts")),
        sa.ForeignKeyConstraint(["source_patient_id"], ["source_patients.id"], name=op.f("fk_facts_source_patient_id")),
    )
    op.create_index("ix_facts_org_kind", "facts", ["org", "kind"])
    op.create_table(
        "sessions",
        sa.Column("sid_hash", sa.LargeBinary(32), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("provider", sa.String(40), nullable=False),
        sa.Column("iss", sa.Text(), nullable=False),
        sa.Column("sub", sa.Text(), nullable=False),
        sa.Column("idp_sid", sa.Text()),
        sa.Column("data", sa.Text(), nullable=False),
        sa.Column("csrf", sa.String(64), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True)),
        sa.Column("ended_why", sa.String(40)),
        sa.PrimaryKeyConstraint("sid_hash", name=op.f("pk_sessions")),
    )
    op.create_index("ix_sessions_iss_sub", "sessions", ["iss", "sub"])
    op.create_table(
        "reasons",
        sa.Column("sid_hash", sa.LargeBinary(32), nullable=False),
        sa.Column("patient_id", sa.Uuid(), nullable=False),
        sa.Column("reason", sa.String(40), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("given_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("sid_hash", "patient_id", name=op.f("pk_reasons")),
        sa.ForeignKeyConstraint(["patient_id"], ["patients.id"], name=op.f("fk_reasons_patient_id")),
        sa.ForeignKeyConstraint(["sid_hash"], ["sessions.sid_hash"], name=op.f("fk_reasons_sid_hash")),
    )
    op.create_table(
        "audit_events",
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("outcome", sa.String(20), nullable=False),
        sa.Column("patient_id", sa.Uuid()),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("actor_key", sa.LargeBinary(16)),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("items", sa.LargeBinary()),
        sa.Column("prev", sa.LargeBinary(32), nullable=False),
        sa.Column("hash", sa.LargeBinary(32), nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_audit_events")),
    )
    op.create_index("ix_audit_events_patient_id", "audit_events", ["patient_id"])
    op.create_index("ix_audit_events_actor_key_seq", "audit_events", ["actor_key", "seq"])
    op.create_table(
        "problems",
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("section", sa.String(40), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_problems")),
        sa.ForeignKeyConstraint(["seq"], ["audit_events.seq"], name=op.f("fk_problems_seq")),
    )
    op.create_table(
        "audit_subjects",
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("source_patient_id", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("seq", "source_patient_id", name=op.f("pk_audit_subjects")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_audit_subjects_source_patient_id", "audit_subjects", ["source_patient_id"])
    op.create_table(
        "audit_head",
        sa.Column("id", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("hash", sa.LargeBinary(32), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_head")),
    )
    op.bulk_insert(
        sa.table("counters", sa.column("name"), sa.column("value")),
        [{"name": name, "value": 0} for name in ("statements", "source_patients", "links")],
    )
    op.bulk_insert(
        sa.table("instance", sa.column("name"), sa.column("value")), [{"name": "data_kind", "value": "unset"}]
    )
    op.execute(
        sa.insert(
            sa.table(
                "audit_head",
                sa.column("id"),
                sa.column("seq"),
                sa.column("hash", sa.LargeBinary()),
                sa.column("at", sa.DateTime(timezone=True)),
            )
        ).values(id=1, seq=0, hash=bytes(32), at=datetime(1970, 1, 1, tzinfo=UTC))
    )
