"""What is kept about uses of data beyond a person's own care, lists of people who need someone, and watching looks."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    ForeignKey,
    Integer,
    PrimaryKeyConstraint,
    SmallInteger,
    String,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
)

from app.db import Bytes, Moment
from app.tables import Key, metadata

# ---------------------------------------------------------------- uses of data beyond a person's own care
# An actor is kept as the audit keeps them, with the key that their events are found by.
projects = Table(
    "projects",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("title", Text, nullable=False),
    Column("summary", Text, nullable=False),
    Column("organisation", Text, nullable=False),
    Column("purpose", Text, nullable=False),
    Column("legal_basis", Text, nullable=False),
    Column("agreement", Text, nullable=False),
    Column("datasets", Text, nullable=False),
    Column("area", String(20), nullable=False),
    Column("least_group", Integer, nullable=False),
    Column("type1_applies", Boolean, nullable=False),
    Column("national_applies", Boolean, nullable=False),
    Column("opt_out_reason", Text, nullable=False),
    Column("may_lead_back", Boolean, nullable=False),
    Column("expires_on", Date, nullable=False),
    Column("applicant", Text, nullable=False),
    Column("applicant_key", Bytes(16), nullable=False, index=True),
    Column("applied_at", Moment, nullable=False),
    Column("decision", String(20)),
    Column("decision_words", Text),
    Column("decided_by", Text),
    Column("decided_at", Moment),
)
releases = Table(
    "releases",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("project_id", Uuid, ForeignKey("projects.id"), nullable=False, index=True),
    Column("kind", String(20), nullable=False),
    Column("requested_by", Text, nullable=False),
    Column("requested_at", Moment, nullable=False),
    Column("state", String(20), nullable=False),
    Column("snapshot_at", Moment),
    Column("report", Text),
    Column("manifest_digest", Bytes(32)),
    Column("decision_words", Text),
    Column("decided_by", Text),
    Column("decided_at", Moment),
    Column("expires_at", Moment),
)
# What released measures rest on, exactly: a later table is compared with it, and none of it leaves.
measure_tables = Table(
    "measure_tables",
    metadata,
    Column("release_id", Uuid, ForeignKey("releases.id"), nullable=False),
    Column("measure", String(60), nullable=False),
    Column("definition", String(64), nullable=False),
    Column("cells", Text, nullable=False),
    PrimaryKeyConstraint("release_id", "measure"),
)
export_tokens = Table(
    "export_tokens",
    metadata,
    Column("token_hash", Bytes(32), primary_key=True),
    Column("project_id", Uuid, ForeignKey("projects.id"), nullable=False),
    Column("name", Text, nullable=False),
    Column("holder", Text, nullable=False),
    Column("holder_key", Bytes(16), nullable=False, index=True),
    Column("created_at", Moment, nullable=False),
    Column("expires_at", Moment, nullable=False),
    Column("last_used_at", Moment),
    Column("ended_at", Moment),
)
opt_out_lists = Table(
    "opt_out_lists",
    metadata,
    Column("id", Key, primary_key=True),
    Column("kind", String(20), nullable=False),
    Column("polarity", String(20), nullable=False),
    Column("entries", Integer, nullable=False),
    Column("digest", Bytes(32), nullable=False),
    Column("loaded_at", Moment, nullable=False),
    Column("valid_until", Date, nullable=False),
)
opt_outs = Table(
    "opt_outs",
    metadata,
    Column("list_id", Key, ForeignKey("opt_out_lists.id"), nullable=False),
    Column("token", Bytes(16), nullable=False),
    Column("generation", SmallInteger, nullable=False),
    PrimaryKeyConstraint("list_id", "token"),
    sqlite_with_rowid=False,
)
code_lists = Table(
    "code_lists",
    metadata,
    Column("name", String(80), primary_key=True),
    Column("citation", Text, nullable=False),
    Column("entries", Integer, nullable=False),
    Column("digest", Bytes(32), nullable=False),
    Column("loaded_at", Moment, nullable=False),
)
list_codes = Table(
    "list_codes",
    metadata,
    Column("list_name", String(80), ForeignKey("code_lists.name"), nullable=False),
    Column("system", String(200), nullable=False),
    Column("code", String(80), nullable=False),
    Column("term", Text, nullable=False),
    Column("class", String(40), nullable=False),
    PrimaryKeyConstraint("list_name", "system", "code"),
)
postcodes = Table(
    "postcodes",
    metadata,
    Column("postcode", String(8), primary_key=True),
    Column("area", String(12), nullable=False),
    Column("deprivation_decile", SmallInteger),
)

# ---------------------------------------------------------------- people who need someone
worklists = Table(
    "worklists",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("project_id", Uuid, ForeignKey("projects.id"), nullable=False, index=True),
    Column("title", Text, nullable=False),
    Column("why", Text, nullable=False),
    Column("requested_by", Text, nullable=False),
    Column("requested_at", Moment, nullable=False),
    Column("state", String(20), nullable=False),
    Column("decision_words", Text),
    Column("decided_by", Text),
    Column("decided_at", Moment),
    Column("led_back_at", Moment),
)
worklist_cohorts = Table(
    "worklist_cohorts",
    metadata,
    Column("worklist_id", Uuid, ForeignKey("worklists.id"), nullable=False),
    Column("pseudonym", String(28), nullable=False),
    PrimaryKeyConstraint("worklist_id", "pseudonym"),
    sqlite_with_rowid=False,
)
worklist_items = Table(
    "worklist_items",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("worklist_id", Uuid, ForeignKey("worklists.id"), nullable=False, index=True),
    Column("patient_id", Uuid, ForeignKey("patients.id"), nullable=False, index=True),
    Column("state", String(20), nullable=False),
    Column("opened_by", Text),
    Column("opened_at", Moment),
    Column("outcome", String(40)),
    Column("closed_by", Text),
    Column("closed_at", Moment),
    UniqueConstraint("worklist_id", "patient_id"),
)

# ---------------------------------------------------------------- watching over the record of looks
# An alert names a look, and nobody.
alerts = Table(
    "alerts",
    metadata,
    Column("id", Key, primary_key=True),
    Column("rule", String(20), nullable=False),
    Column("seq", BigInteger, ForeignKey("audit_events.seq"), nullable=False),
    Column("once", Bytes(16), nullable=False),
    Column("raised_at", Moment, nullable=False),
    Column("state", String(20), nullable=False, index=True),
    UniqueConstraint("once"),
)
alert_decisions = Table(
    "alert_decisions",
    metadata,
    Column("seq", BigInteger, ForeignKey("audit_events.seq"), primary_key=True, autoincrement=False),
    Column("alert_id", Key, ForeignKey("alerts.id"), nullable=False, index=True),
    Column("decision", String(20), nullable=False),
    Column("words", Bytes, nullable=False),
)
# Staff who have looked, by whom the officer searches; and what their organisations say of them.
lookers, staff = (
    Table(
        name,
        metadata,
        Column("actor_key", Bytes(16), nullable=False),
        Column("org", String(20), nullable=False),
        Column("words", Bytes, nullable=False),
        PrimaryKeyConstraint("actor_key", "org"),
    )
    for name in ("lookers", "staff")
)

# ---------------------------------------------------------------- what is erased by order
# Who ordered that something be erased, why, and what a second person decided: it stays when the bytes are gone.
erasures = Table(
    "erasures",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("patient_id", Uuid, ForeignKey("patients.id"), nullable=False),
    Column("subject", BigInteger, nullable=False),
    Column("number", BigInteger, nullable=False),
    Column("everything", Boolean, nullable=False),
    Column("reason", String(40), nullable=False),
    Column("words", Bytes, nullable=False),
    Column("asked_by", Bytes, nullable=False),
    Column("asked_at", Moment, nullable=False),
    Column("decision", String(20)),
    Column("decision_words", Bytes),
    Column("decided_by", Bytes),
    Column("decided_at", Moment),
    Column("entries", Integer),
)
