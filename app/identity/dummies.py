"""What is written where a detail is not known. It names nobody, so nobody is joined or listed because of it."""

import re

_NOT_LETTERS = re.compile(r"[\W\d_]+")
_NAMES = frozenset({
    "unknown", "unknownmale", "unknownfemale", "unk", "nk", "notknown", "notstated", "notrecorded", "notgiven",
    "unidentified", "unnamed", "noname", "nameless", "anonymous", "anon", "male", "female", "patient",
    "baby", "babyboy", "babygirl", "newborn", "infant", "twin", "triplet",
    "test", "testpatient", "dummy", "xx", "xxx", "xxxx", "xxtest", "zz", "zzz", "zztest",
})  # fmt: skip
_FIRST_BIRTH, _LAST_BIRTH = "1901-01-02", "2199-12-31"


def is_dummy_name(text: str) -> bool:
    """Whether a family or given name stands for one that is not known: `Unknown Male`, `Baby 1`, `NOT KNOWN`."""
    found = _NOT_LETTERS.split(text.casefold())
    return "".join(found) in _NAMES or any(word in _NAMES for word in found)


def is_dummy_birth(birth: str) -> bool:
    """Whether a date (`YYYY-MM-DD`) is one that systems write for none: nobody alive was born so early or so late."""
    return not _FIRST_BIRTH <= birth <= _LAST_BIRTH


def is_dummy_postcode(code: str) -> bool:
    """Whether a postcode names no place: the ODS writes ZZ99 for no fixed abode, not known, and each country."""
    return code.startswith("ZZ99")
