"""Packages that other packages load wherever they are installed, and that nobody here needs them to."""

import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

EAGER = ("redis", "PIL", "charset_normalizer", "chardet")
"""telebot loads the first two for a storage and pictures of its own, requests one of the others to guess charsets."""


@contextmanager
def without(*names: str) -> Iterator[None]:
    """Inside, these packages count as not installed; what was loaded before stays. For the start, before any thread."""
    blocked = [name for name in names if name not in sys.modules]
    sys.modules.update(dict.fromkeys(blocked))  # type: ignore[arg-type]  # the documented way: None is "not to be found"
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # requests would like to guess
            yield
    finally:
        for name in blocked:
            del sys.modules[name]
