"""Words that turn the meaning of a name: "?Asthma", "Asthma excluded", "Not allergic to penicillin"."""

import re
from collections.abc import Sequence

from fhir.elements import plain
from fhir.item import Item
from fhir.line import Difference

_TURNED = re.compile(
    r"^(?:\?|(?:query|possible|probable|suspected|no|not|never|denies|h/o|history of|previous|at risk of)\b)"
    r"|\b(?:excluded|ruled out|refuted|unlikely|not (?:confirmed|allergic)|denied|resolved|in error)\b"
)


def difference(items: Sequence[Item]) -> Difference | None:
    """What it is called, where some of the sources' own words deny, doubt or end what others state under one code."""
    said: dict[str, tuple[str, set[str]]] = {}
    for item in sorted(items, key=lambda i: i.order, reverse=True):
        if item.text:
            said.setdefault(plain(item.text), (item.text, set()))[1].add(item.source)
    turned = {text for text in said if _TURNED.search(text)}
    if not turned or len(turned) == len(said):
        return None
    return Difference("code", tuple(sorted((words, tuple(sorted(who))) for words, who in said.values())))
