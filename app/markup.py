"""Words as HTML."""

import re

from markupsafe import escape as escape_all

_SPECIAL = re.compile("[&<>\"']")


def escape(words: str) -> str:
    """The words, safe in HTML. A page writes two thousand and nearly all need nothing: looking costs less."""
    return str(escape_all(words)) if _SPECIAL.search(words) else words
