"""How updates come in and answers go out: polling, order, acknowledging and the HTTP side of Telegram."""
