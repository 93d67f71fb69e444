"""What the desk does: which rate may be quoted, and who may quote it. Data in, data out."""
