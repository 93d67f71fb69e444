"""What is kept over a restart: the database, dialogue states, the inbox of updates, operators and snapshots."""
