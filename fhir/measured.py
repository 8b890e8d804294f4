"""What a result measures: the group that keeps statements of one test together, and those of two tests apart."""

from collections.abc import Hashable
from functools import lru_cache
from typing import Any

from fhir.codes import NAMES_NOTHING, Code, System
from fhir.elements import concept_text, listed, path, plain, references, words
from fhir.equivalents import TEST, test_key
from fhir.exact import value_of
from fhir.same import may_be_one
from fhir.statement import Statement

WORDS = "words:"
"""Begins the group of a test that has no LOINC or SNOMED CT code; other groups are their codes, one a line."""
ABOUT = " about: "
"""Stands in the group before what keeps a test apart: whom it is about, where that is not the person (a fetus, a donor,
a device), or that it was taken at home.
"""
HOME = "at home"

_STANDARD = {System.LOINC, System.SNOMED}


@lru_cache(maxsize=16_384)
def test_sent(code: bytes) -> tuple[str, tuple[Code, ...], str]:
    """What `test_of` says of a code as its bytes: a record has thousands of results of a few tests."""
    return test_of(value_of(code))


def test_of(concept: Any) -> tuple[str, tuple[Code, ...], str]:
    """(words, codes, group) of a test: the group is its LOINC and SNOMED CT codes, or its words where it has none.

    Nothing names it where both are missing, or only say that the words were lost: then the group is empty.
    """
    if not isinstance(concept, dict):
        return _test(concept_text(concept), ())
    found = concept.get("coding")
    parts = []
    for one in found if isinstance(found, list) else [found]:
        if isinstance(one, dict) and (code := words(one.get("code"))):
            parts += [words(one.get("system")), code, words(one.get("display"))]
    text = concept.get("text") or (parts[2] if parts else None)
    return _test(text if isinstance(text, str) and text else concept_text(concept), tuple(parts))


def _test(text: str, parts: tuple[str, ...]) -> tuple[str, tuple[Code, ...], str]:
    codes = tuple(Code(*parts[n : n + 3]) for n in range(0, len(parts), 3))
    telling = [code for code in codes if code.code not in NAMES_NOTHING]
    keys = sorted({":".join(test_key(code)) for code in telling if code.key[0] in _STANDARD})
    if not keys and not text:
        keys = sorted({":".join(code.key) for code in telling})
    said = "" if any(code.display == text for code in set(codes) - set(telling)) else plain(text)
    return text, codes, "\n".join(keys) or (WORDS + said if said else "")


def may_be_one_test(one: str, other: str) -> bool:
    """Whether two groups that share a code can be one test: known to be, or one's codes contain the other's."""
    sets, others = _by_system(one), _by_system(other)
    known = sets.get(TEST, frozenset()) & others.get(TEST, frozenset())
    return bool(known) or may_be_one(sets, others)


def code_sets_of(group: str) -> list[frozenset[Hashable]]:
    """Each set of codes of a group by which another can be known to be the same test."""
    found = _by_system(group)
    known = found.pop(TEST, frozenset())
    return [*map(frozenset[Hashable], found.values()), *(frozenset[Hashable]({key}) for key in known)]


def _by_system(group: str) -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = {}
    for key in group.split("\n"):
        found.setdefault(key.partition(ABOUT)[0].rpartition(":")[0], set()).add(key)
    return {system: frozenset(keys) for system, keys in found.items()}


def may_be_called(one: str, other: str) -> bool:
    """Whether two names can be those of one test: all words of one are among the other's (potassium, serum potassium).

    A code may be so coarse that sodium and potassium both bear it, and no other.
    """
    words, others = set(plain(one).split()), set(plain(other).split())
    return words <= others or others <= words


def narrower(statement: Statement, group: str) -> str:
    """The group of a test that nothing names, or that is about somebody or something else than the person."""
    focus = (statement.resource or {}).get("focus")
    who = references(statement, focus) or "; ".join(words(path(one, "reference")) for one in listed(focus))
    group = group or WORDS + "/".join(statement.key)
    return "\n".join(f"{key}{ABOUT}{plain(who)}" for key in group.split("\n")) if who else group


def at_home(group: str) -> str:
    """The group of the same test taken where the person lives: shown beside the clinic's, never mixed with it."""
    return "\n".join(f"{key}{ABOUT}{HOME}" for key in group.split("\n"))


def is_at_home(group: str) -> bool:
    """Whether a group is of tests taken where the person lives."""
    return group.endswith(ABOUT + HOME)
