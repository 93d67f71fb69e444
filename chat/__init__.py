"""What an operator sees: handlers, dialogue steps, screens, keyboards and texts."""
