"""Family history: what a relative has or had. It is never read as the person's own problem, however it was sent."""

import re

from fhir.choices import choice
from fhir.dates import fhir_date
from fhir.elements import child, codings, concept_text, filled, joined, listed, narrative, notes, plain, texts, words
from fhir.item import Item
from fhir.standing import state
from fhir.statement import Resource, Statement

KIND = "Family history"
_FAMILY = re.compile(
    r"^(?:(?:no|not|known|unknown|negative|positive|strong|significant|relevant) )*"
    r"(?:family (?:history|hx|h/o)\b|fh ?:|fhx\b|f/h\b)|\bfamily[ -]history\b.*\(situation\)$"
)
DIFFERENCES = (
    "relationship", "sex", "born", "age", "died", "onset", "outcome", "contributed to death", "absent reason"
)  # fmt: skip


def is_family(resource: Resource) -> bool:
    """Whether a Condition tells of a relative: by its category, its words, or the words beside its codes.

    A code without words cannot be recognised here: that needs the terminology itself.
    """
    concepts = [(one, False) for one in listed(resource.get("code"))]
    concepts += [(one, True) for one in listed(resource.get("category"))]
    for concept, coded in concepts:
        said = [concept_text(concept), *(code.display for code in codings(concept))]
        said += [code.code.replace("-", " ") for code in codings(concept) if coded]
        if any(_FAMILY.search(plain(text)) for text in said):
            return True
    return False


def named(text: str) -> str:
    """`Family history: Asthma`, unless the words say so themselves."""
    return text if _FAMILY.search(plain(text)) else f"{KIND}: {text}" if text else KIND


def read(statement: Statement, resource: Resource) -> Item:
    """A FamilyMemberHistory: `Father: Asthma`."""
    who = concept_text(resource.get("relationship")) or words(resource.get("name"))
    conditions = listed(resource.get("condition"))
    what = joined(concept_text(child(c, "code")) for c in conditions)
    fields = filled(
        kind=KIND,
        relationship=who,
        name=words(resource.get("name")),
        sex=concept_text(resource.get("sex")),
        born=choice(statement, resource, "born"),
        age=choice(statement, resource, "age"),
        died=choice(statement, resource, "deceased"),
        onset=joined(choice(statement, c, "onset") for c in conditions),
        outcome=joined(concept_text(child(c, "outcome")) for c in conditions),
        contributed_to_death=joined(words(child(c, "contributedToDeath")) for c in conditions),
        condition_note=joined(notes(child(c, "note")) for c in conditions),
        reason=texts(resource.get("reasonCode")),
        absent_reason=concept_text(resource.get("dataAbsentReason")),
        note=notes(resource.get("note")),
    )
    text = f"{who}: {what}" if who and what else who or named(what or narrative(resource))
    codes = tuple(code for c in conditions for code in codings(child(c, "code")))
    return Item(statement, text, codes, state(resource.get("status")), fhir_date(resource.get("date")), fields)
