"""One file for each source: its address, its format, its oddities."""
