"""All that touches the world: files, archives, the database. No adapter imports another adapter's siblings' state."""
