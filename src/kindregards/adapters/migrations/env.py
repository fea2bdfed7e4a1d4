"""What Alembic runs to migrate the connection that `bring_up` hands it; it opens none and logs nothing."""

from alembic import context

from kindregards.adapters.tables import METADATA

context.configure(connection=context.config.attributes["connection"], target_metadata=METADATA)
context.run_migrations()
