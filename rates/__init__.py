"""Where rates come from: sources behind one pooled session, a cache, and the book that answers out of memory."""
