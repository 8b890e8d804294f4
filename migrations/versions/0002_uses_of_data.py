"""What uses of data beyond a person's own care need, and the lists of people who need someone."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

Key = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "projects",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("summary", sa.Text(), nullable=False),
        sa.Column("organisation", sa.Text(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("legal_basis", sa.Text(), nullable=False),
        sa.Column("agreement", sa.Text(), nullable=False),
        sa.Column("datasets", sa.Text(), nullable=False),
        sa.Column("area", sa.String(20), nullable=False),
        sa.Column("least_group", sa.Integer(), nullable=False),
        sa.Column("type1_applies", sa.Boolean(), nullable=False),
        sa.Column("national_applies", sa.Boolean(), nullable=False),
        sa.Column("opt_out_reason", sa.Text(), nullable=False),
        sa.Column("may_lead_back", sa.Boolean(), nullable=False),
        sa.Column("expires_on", sa.Date(), nullable=False),
        sa.Column("applicant", sa.Text(), nullable=False),
        sa.Column("applicant_key", sa.LargeBinary(16), nullable=False),
        sa.Column("applied_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decision", sa.String(20)),
        sa.Column("decision_words", sa.Text()),
        sa.Column("decided_by", sa.Text()),
        sa.Column("decided_at", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_projects")),
    )
    op.create_index("ix_projects_applicant_key", "projects", ["applicant_key"])
    op.create_table(
        "releases",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("project_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("requested_by", sa.Text(), nullable=False),
        sa.Column("requester_key", sa.LargeBinary(16), nullable=False),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("snapshot_at", sa.DateTime(timezone=True)),
        sa.Column("report", sa.Text()),
        sa.Column("manifest_digest", sa.LargeBinary(32)),
        sa.Column("decision_words", sa.Text()),
        sa.Column("decided_by", sa.Text()),
        sa.Column("decided_at", sa.DateTime(timezone=True)),
        sa.Column("expires_at", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_releases")),
        sa.ForeignKeyConstraint(["project_id"], ["projects.id"], name=op.f("fk_releases_project_id")),
    )
    op.create_index("ix_releases_project_id", "releases", ["project_id"])
    op.create_table(
        "export_tokens",
        sa.Column("token_hash", sa.LargeBinary(32), nullable=False),
        sa.Column("project_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("holder", sa.Text(), nullable=False),
        sa.Column("holder_key", sa.LargeBinary(16), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_used_at", sa.DateTime(timezone=True)),
        sa.Column("ended_at", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_export_tokens")),
        sa.ForeignKeyConstraint(["project_id"], ["projects.id"], name=op.f("fk_export_tokens_project_id")),
    )
    op.create_index("ix_export_tokens_holder_key", "export_tokens", ["holder_key"])
    op.create_table(
        "opt_out_lists",
        sa.Column("id", Key, nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("polarity", sa.String(20), nullable=False),
        sa.Column("entries", sa.Integer(), nullable=False),
        sa.Column("digest", sa.LargeBinary(32), nullable=False),
        sa.Column("loaded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_opt_out_lists")),
    )
    op.create_table(
        "opt_outs",
        sa.Column("list_id", Key, nullable=False),
        sa.Column("token", sa.LargeBinary(16), nullable=False),
        sa.PrimaryKeyConstraint("list_id", "token", name=op.f("pk_opt_outs")),
        sa.ForeignKeyConstraint(["list_id"], ["opt_out_lists.id"], name=op.f("fk_opt_outs_list_id")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "code_lists",
        sa.Column("name", sa.String(80), nullable=False),
        sa.Column("citation", sa.Text(), nullable=False),
        sa.Column("entries", sa.Integer(), nullable=False),
        sa.Column("digest", sa.LargeBinary(32), nullable=False),
        sa.Column("loaded_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_code_lists")),
    )
    op.create_table(
        "list_codes",
        sa.Column("list_name", sa.String(80), nullable=False),
        sa.Column("system", sa.String(200), nullable=False),
        sa.Column("code", sa.String(80), nullable=False),
        sa.Column("term", sa.Text(), nullable=False),
        sa.Column("class", sa.String(40), nullable=False),
        sa.PrimaryKeyConstraint("list_name", "system", "code", name=op.f("pk_list_codes")),
        sa.ForeignKeyConstraint(["list_name"], ["code_lists.name"], name=op.f("fk_list_codes_list_name")),
    )
    op.create_table(
        "postcodes",
        sa.Column("postcode", sa.String(8), nullable=False),
        sa.Column("area", sa.String(12), nullable=False),
        sa.Column("deprivation_decile", sa.SmallInteger()),
        sa.PrimaryKeyConstraint("postcode", name=op.f("pk_postcodes")),
    )
    op.create_table(
        "worklists",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("project_id", sa.Uuid(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("requested_by", sa.Text(), nullable=False),
        sa.Column("requester_key", sa.LargeBinary(16), nullable=False),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("decision_words", sa.Text()),
        sa.Column("decided_by", sa.Text()),
        sa.Column("decided_at", sa.DateTime(timezone=True)),
        sa.Column("led_back_at", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_worklists")),
        sa.ForeignKeyConstraint(["project_id"], ["projects.id"], name=op.f("fk_worklists_project_id")),
    )
    op.create_index("ix_worklists_project_id", "worklists", ["project_id"])
    op.create_table(
        "worklist_cohorts",
        sa.Column("worklist_id", sa.Uuid(), nullable=False),
        sa.Column("pseudonym", sa.String(28), nullable=False),
        sa.PrimaryKeyConstraint("worklist_id", "pseudonym", name=op.f("pk_worklist_cohorts")),
        sa.ForeignKeyConstraint(["worklist_id"], ["worklists.id"], name=op.f("fk_worklist_cohorts_worklist_id")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "worklist_items",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("worklist_id", sa.Uuid(), nullable=False),
        sa.Column("patient_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("opened_by", sa.Text()),
        sa.Column("opened_at", sa.DateTime(timezone=True)),
        sa.Column("outcome", sa.String(40)),
        sa.Column("closed_by", sa.Text()),
        sa.Column("closed_at", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_worklist_items")),
        sa.ForeignKeyConstraint(["worklist_id"], ["worklists.id"], name=op.f("fk_worklist_items_worklist_id")),
        sa.ForeignKeyConstraint(["patient_id"], ["patients.id"], name=op.f("fk_worklist_items_patient_id")),
        sa.UniqueConstraint("worklist_id", "patient_id", name=op.f("uq_worklist_items_worklist_id_patient_id")),
    )
    op.create_index("ix_worklist_items_patient_id", "worklist_items", ["patient_id"])
    op.create_index("ix_worklist_items_worklist_id", "worklist_items", ["worklist_id"])
