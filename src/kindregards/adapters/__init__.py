"""All that touches the world: files, archives, the database."""
