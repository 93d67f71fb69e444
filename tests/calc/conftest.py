"""The laws of this room are tried on the same examples everywhere, and leave nothing behind."""

from hypothesis import settings

settings.register_profile("laws", derandomize=True, database=None, deadline=None, max_examples=50)
settings.load_profile("laws")
