"""What is kept, table by table. Migrations build exactly these (a test compares them)."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    PrimaryKeyConstraint,
    SmallInteger,
    String,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)

from app.db import Bytes, Moment

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

Key = BigInteger().with_variant(Integer, "sqlite")

# ---------------------------------------------------------------- the installation
instance = Table(
    "instance",
    metadata,
    Column("name", String(40), primary_key=True),
    Column("value", Text, nullable=False),
)
counters = Table(
    "counters",
    metadata,
    Column("name", String(40), primary_key=True),
    Column("value", BigInteger, nullable=False),
)

# Keys lie here wrapped by one that does not (app.keyring). A source patient whose key was destroyed has none.
# `generation`, wherever it stands below, is that of the key which the hashes of its row are made with.
installation_keys = Table(
    "installation_keys",
    metadata,
    Column("name", String(40), primary_key=True),
    Column("kek", SmallInteger, nullable=False),
    Column("wrapped", Bytes, nullable=False),
)
data_keys = Table(
    "data_keys",
    metadata,
    Column("subject", BigInteger, primary_key=True, autoincrement=False),
    Column("kek", SmallInteger),
    Column("wrapped", Bytes),
    Column("destroyed_at", Moment),
)

# ---------------------------------------------------------------- providers send
providers = Table(
    "providers",
    metadata,
    Column("ods", String(20), primary_key=True),
    Column("name", Text, nullable=False),
    Column("kind", String(40), nullable=False),
    Column("controller", Text, nullable=False),
    Column("purpose", Text, nullable=False),
    Column("legal_basis", Text, nullable=False),
    Column("categories", Text, nullable=False),
    Column("interval_hours", Integer, nullable=False),
    Column("registered_at", Moment, nullable=False),
    Column("last_delivery_at", Moment),
    Column("last_success_at", Moment),
    Column("held", BigInteger, nullable=False),
    Column("failures", Integer, nullable=False),
)
deliveries = Table(
    "deliveries",
    metadata,
    Column("id", Key, primary_key=True),
    Column("ods", String(20), ForeignKey("providers.ods"), nullable=False),
    Column("started_at", Moment, nullable=False),
    Column("finished_at", Moment),
    Column("received", Integer, nullable=False),
    Column("stored", Integer, nullable=False),
    Column("unchanged", Integer, nullable=False),
    Column("updated", Integer, nullable=False),
    Column("irregular", Integer, nullable=False),
    Column("quarantined", Integer, nullable=False),
)
quarantine = Table(
    "quarantine",
    metadata,
    Column("id", Key, primary_key=True),
    Column("ods", String(20), ForeignKey("providers.ods"), nullable=False),
    Column("delivery_id", Key, ForeignKey("deliveries.id"), nullable=False),
    Column("position", Text, nullable=False),
    Column("reason", String(60), nullable=False),
    Column("words", Text, nullable=False),
    Column("digest", Bytes(16), nullable=False),
    Column("sealed", Bytes, nullable=False),
    Column("at", Moment, nullable=False),
    UniqueConstraint("ods", "digest", "reason"),
)

# ---------------------------------------------------------------- who is who
source_patients = Table(
    "source_patients",
    metadata,
    Column("id", Key, primary_key=True),
    Column("ods", String(20), ForeignKey("providers.ods"), nullable=False),
    Column("name", Bytes(16), nullable=False),
    Column("generation", SmallInteger, nullable=False),
    Column("known", Boolean, nullable=False),
    UniqueConstraint("name"),
)
same_as = Table(
    "same_as",
    metadata,
    Column("source_patient_id", Key, ForeignKey("source_patients.id"), nullable=False),
    Column("other_id", Key, ForeignKey("source_patients.id"), nullable=False, index=True),
    PrimaryKeyConstraint("source_patient_id", "other_id"),
    sqlite_with_rowid=False,
)
tokens = Table(
    "tokens",
    metadata,
    Column("token", Bytes(16), nullable=False),
    Column("source_patient_id", Key, ForeignKey("source_patients.id"), nullable=False),
    Column("kind", String(20), nullable=False),
    Column("generation", SmallInteger, nullable=False),
    PrimaryKeyConstraint("token", "source_patient_id"),
    Index("ix_tokens_source_patient_id", "source_patient_id"),
    sqlite_with_rowid=False,
)
patients = Table(
    "patients",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("created_at", Moment, nullable=False),
)
links = Table(
    "links",
    metadata,
    Column("id", Key, primary_key=True),
    Column("source_patient_id", Key, ForeignKey("source_patients.id"), nullable=False),
    Column("patient_id", Uuid, ForeignKey("patients.id"), nullable=False, index=True),
    Column("rule", String(40), nullable=False),
    Column("since", Moment, nullable=False),
    Column("until", Moment),
    Index(
        "uq_links_current",
        "source_patient_id",
        unique=True,
        sqlite_where=text("until IS NULL"),
        postgresql_where=text("until IS NULL"),
    ),
    Index("ix_links_source_patient_id", "source_patient_id"),
)
reviews = Table(
    "reviews",
    metadata,
    Column("id", Key, primary_key=True),
    Column("source_patient_id", Key, ForeignKey("source_patients.id"), nullable=False, index=True),
    Column("other_id", Key, ForeignKey("source_patients.id"), nullable=False, index=True),
    Column("reason", String(40), nullable=False),
    Column("since", Moment, nullable=False),
    Column("until", Moment),
)

# ---------------------------------------------------------------- what is held
# A person's statements lie together on disk (SQLite: clustered by subject). Subject 0 is nobody: what a source
# sent about its organisations, people, places and medicines. `sealed` holds its own name, its version, what it points
# to and its bytes. `erased` says when and why they were erased by order; nothing is sealed there then.
statements = Table(
    "statements",
    metadata,
    Column("subject", BigInteger, nullable=False),
    Column("id", BigInteger, nullable=False),
    Column("key", Bytes(16), nullable=False),
    Column("source", String(20), nullable=False),
    Column("type", String(40), nullable=False),
    Column("digest", Bytes(16), nullable=False),
    Column("updated", Moment),
    Column("delivery_id", BigInteger, nullable=False),
    Column("received_at", Moment, nullable=False),
    Column("superseded_at", Moment),
    Column("codec", SmallInteger, nullable=False),
    Column("deleted", Boolean, nullable=False),
    Column("sealed", Bytes, nullable=False),
    Column("irregular", Text),
    Column("erased", Text),
    Column("generation", SmallInteger, nullable=False),
    PrimaryKeyConstraint("subject", "id"),
    Index(
        "uq_statements_current",
        "key",
        unique=True,
        sqlite_where=text("superseded_at IS NULL"),
        postgresql_where=text("superseded_at IS NULL"),
    ),
    sqlite_with_rowid=False,
)
# What was read of somebody's statements, sealed: made after a look that opened many, dropped at any time (fhir.gist).
gists = Table(
    "gists",
    metadata,
    Column("subject", BigInteger, primary_key=True, autoincrement=False),
    Column("rules", Bytes(16), nullable=False),
    Column("sealed", Bytes, nullable=False),
)
aliases = Table(
    "aliases",
    metadata,
    Column("alias", Bytes(16), nullable=False),
    Column("key", Bytes(16), nullable=False),
    Column("generation", SmallInteger, nullable=False),
    PrimaryKeyConstraint("alias"),
    sqlite_with_rowid=False,
)

# ---------------------------------------------------------------- who may
facts = Table(
    "facts",
    metadata,
    Column("statement_id", BigInteger, nullable=False),
    Column("source_patient_id", Key, ForeignKey("source_patients.id"), nullable=False),
    Column("kind", String(20), nullable=False),
    Column("org", String(20), nullable=False),
    Column("starts", Moment),
    Column("ends", Moment),
    PrimaryKeyConstraint("source_patient_id", "statement_id", "kind", "org"),
    Index("ix_facts_org_kind", "org", "kind"),
    Index("ix_facts_source_patient_id_kind", "source_patient_id", "kind"),
)
# Organisations, people, places and medicines that are of a sensitive kind: so is what points to them.
context_labels = Table(
    "context_labels",
    metadata,
    Column("key", Bytes(16), nullable=False),
    Column("kind", String(20), nullable=False),
    PrimaryKeyConstraint("key", "kind"),
    sqlite_with_rowid=False,
)
sharing_rules = Table(
    "sharing_rules",
    metadata,
    Column("id", Key, primary_key=True),
    Column("provider", String(20), nullable=False),
    Column("category", String(40), nullable=False),
    Column("recipient", String(20), nullable=False),
    Column("effect", String(10), nullable=False),
    Column("starts", Moment),
    Column("ends", Moment),
    Column("agreement", Text, nullable=False),
    Column("loaded_at", Moment, nullable=False),
)
sessions = Table(
    "sessions",
    metadata,
    Column("sid_hash", Bytes(32), primary_key=True),
    Column("kind", String(20), nullable=False),
    Column("provider", String(40), nullable=False),
    Column("iss", Text, nullable=False),
    Column("sub", Text, nullable=False),
    Column("idp_sid", Text),
    Column("data", Bytes, nullable=False),
    Column("csrf", String(64), nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("last_seen_at", Moment, nullable=False),
    Column("expires_at", Moment, nullable=False),
    Column("ended_at", Moment),
    Column("ended_why", String(40)),
    Index("ix_sessions_iss_sub", "iss", "sub"),
    Index("ix_sessions_iss_idp_sid", "iss", "idp_sid"),
)
logout_tokens = Table(
    "logout_tokens",
    metadata,
    Column("jti", Bytes(32), primary_key=True),
    Column("until", Moment, nullable=False),
)
reasons = Table(
    "reasons",
    metadata,
    Column("sid_hash", Bytes(32), ForeignKey("sessions.sid_hash"), nullable=False),
    Column("patient_id", Uuid, ForeignKey("patients.id"), nullable=False),
    Column("reason", String(40), nullable=False),
    Column("words", Bytes, nullable=False),
    Column("given_at", Moment, nullable=False),
    Column("until", Moment, nullable=False),
    PrimaryKeyConstraint("sid_hash", "patient_id"),
)

# ---------------------------------------------------------------- what was done
audit_events = Table(
    "audit_events",
    metadata,
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("at", Moment, nullable=False),
    Column("kind", String(40), nullable=False),
    Column("outcome", String(20), nullable=False),
    Column("patient_id", Uuid),
    Column("actor", Bytes, nullable=False),
    Column("actor_key", Bytes(16)),
    Column("detail", Bytes, nullable=False),
    Column("items", Bytes),
    Column("prev", Bytes(32), nullable=False),
    Column("hash", Bytes(32), nullable=False),
    Index("ix_audit_events_patient_id", "patient_id"),
    Index("ix_audit_events_actor_key_seq", "actor_key", "seq"),
    Index(
        "ix_audit_events_tries",
        "actor_key",
        "seq",
        sqlite_where=text("outcome = 'refused' OR kind = 'search-patients'"),
        postgresql_where=text("outcome = 'refused' OR kind = 'search-patients'"),
    ),
    Index("ix_audit_events_at", "at"),
)
audit_subjects = Table(
    "audit_subjects",
    metadata,
    Column("seq", BigInteger, nullable=False),
    Column("source_patient_id", BigInteger, nullable=False),
    PrimaryKeyConstraint("seq", "source_patient_id"),
    Index("ix_audit_subjects_source_patient_id", "source_patient_id"),
    sqlite_with_rowid=False,
)
audit_head = Table(
    "audit_head",
    metadata,
    Column("id", SmallInteger, primary_key=True, autoincrement=False),
    Column("seq", BigInteger, nullable=False),
    Column("hash", Bytes(32), nullable=False),
    Column("at", Moment, nullable=False),
)
# The words of a reported problem stand apart from the chain, so that they can be removed; who, whose and when is there.
problems = Table(
    "problems",
    metadata,
    Column("seq", BigInteger, ForeignKey("audit_events.seq"), primary_key=True, autoincrement=False),
    Column("section", String(40), nullable=False),
    Column("words", Bytes, nullable=False),
)
# What somebody asks about a look at their record, and what the privacy officer answers: beside the chain, likewise.
look_questions = Table(
    "look_questions",
    metadata,
    Column("seq", BigInteger, ForeignKey("audit_events.seq"), primary_key=True, autoincrement=False),
    Column("about_seq", BigInteger, ForeignKey("audit_events.seq"), nullable=False),
    Column("patient_id", Uuid, ForeignKey("patients.id"), nullable=False, index=True),
    Column("words", Bytes, nullable=False),
    Column("answer", Bytes),
    Column("answered_by", Bytes),
    Column("answered_at", Moment),
)
# Two accounts of patients that claim one NHS number (`words`), and what the privacy officer decided about them.
held_accounts = Table(
    "held_accounts",
    metadata,
    Column("seq", BigInteger, ForeignKey("audit_events.seq"), primary_key=True, autoincrement=False),
    Column("patient_id", Uuid, ForeignKey("patients.id"), nullable=False),
    Column("first", String(20), nullable=False, index=True),
    Column("second", String(20), nullable=False, index=True),
    Column("words", Bytes, nullable=False),
    Column("decision", String(20)),
    Column("decided_by", Bytes),
    Column("decided_at", Moment),
)
