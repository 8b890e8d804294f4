"""Runs the vault's migrations on the connection that `app.migrate` gives."""

from alembic import context

from app.export.vault_tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,
    transaction_per_migration=True,
)
with context.begin_transaction():
    context.run_migrations()
