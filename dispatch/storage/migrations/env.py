"""Alembic's entry: runs the steps on the connection that ``dispatch.storage.migrate`` hands over.

Never opens a connection of its own and never reads a configuration file: there is one way in.
"""

from __future__ import annotations

from alembic import context

from dispatch.storage.tables import metadata

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=metadata,
    render_as_batch=connection.dialect.name == "sqlite",
    # Both engines roll DDL back; Alembic assumes SQLite does not.
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()
