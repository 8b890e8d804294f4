"""What people type, kept so that what is read later is what was written: no characters that nobody sees."""

import unicodedata

_UNSEEN = frozenset({"Cc", "Cf", "Cs"})
_NEW_LINES = str.maketrans({"\r": "\n", "\t": " ", "\u2028": "\n", "\u2029": "\n"})


def readable(text: str) -> str:
    """Without control characters and those that turn the direction of writing or hide; new lines stay."""
    text = text.replace("\r\n", "\n").translate(_NEW_LINES)
    return "".join(c for c in text if c == "\n" or unicodedata.category(c) not in _UNSEEN)
