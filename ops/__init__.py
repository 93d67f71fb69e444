"""How it runs: settings and logs."""
