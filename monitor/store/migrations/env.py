"""Alembic's entry point; run by `monitor.store.upgrade`, which owns the connection and the transaction."""

from __future__ import annotations

from alembic import context

from monitor.store.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,  # SQLite changes a table by rebuilding it
    transactional_ddl=False,  # the transaction is the caller's
)
context.run_migrations()
