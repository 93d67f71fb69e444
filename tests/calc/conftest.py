"""The laws of this room are tried on the same examples everywhere, so that a run says the same twice."""

from hypothesis import settings

settings.register_profile("laws", derandomize=True, database=None, deadline=None, max_examples=20)
settings.load_profile("laws")
