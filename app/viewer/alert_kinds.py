"""What sort of alert a flag is: a decision made in advance, a risk to the patient or to staff, or what they need."""

import re
from enum import Enum

from app.viewer import resuscitation
from fhir.elements import codings, listed
from fhir.item import Item
from fhir.line import Line
from fhir.topics import is_advance_decision


class AlertKind(Enum):
    """For whom an alert is a warning. What fits nowhere else is a risk to the patient: nothing is made less of."""

    DECISION = "decision"
    PATIENT = "patient"
    STAFF = "staff"
    NEEDS = "needs"


_BY_CATEGORY = {
    "safeguarding": AlertKind.PATIENT,
    "risks-to-self": AlertKind.PATIENT,
    "risks-to-others": AlertKind.STAFF,
    "reasonable-adjustments-for-health-and-care-access": AlertKind.NEEDS,
    "individual-requirements": AlertKind.NEEDS,
}
"""The headings of the PRSB core information standard, as UK Core codes them."""

_TO_STAFF = re.compile(
    r"\brisks? to (?:staff|others|visitors)\b|\b(?:violent|aggressive|abusive) (?:to|towards)\b", re.I
)
_TO_PATIENT = re.compile(
    r"\b(?:safeguard\w*|child protection|protection plan|child in need|looked[ -]after|suicid\w*|self[ -]?harm\w*"
    r"|self[ -]neglect|overdos\w*|victim|domestic (?:abuse|violence)|marac|neglect\w*|exploit\w+|traffick\w+|falls?"
    r"|fall(?:ing|en)|pressure (?:ulcers?|sores?)|chok\w+|abscond\w*|wander\w*|missing person|vulnerable)\b",
    re.I,
)
_STAFF = re.compile(
    r"\b(?:violent (?:patient|behaviour|person|to|towards)|(?:history of|risk of) violence|violence to(?:wards)?"
    r"|aggress\w+|assault\w*|threaten\w*|abusive|weapons?|firearms?|(?:dangerous|aggressive) dogs?"
    r"|dogs? (?:at|on|in) (?:the )?(?:property|premises|address|home|house|garden)"
    r"|two[ -]person|lone work\w*|(?:do not )?visit (?:alone|in pairs)|special allocation scheme)\b",
    re.I,
)
_NEEDS = re.compile(
    r"\b(?:reasonable adjustments?|communicat\w+|interpreter|hearing|deaf\w*|sight|blind\w*|visual\w* impair\w+"
    r"|learning disab\w+|autis\w+|key ?safe|door code|mobility|wheelchair|hoist|bariatric|braille|sign language"
    r"|large print|easy read|longer appointments?|(?:guide|assistance|hearing) dog|step[ -]free"
    r"|access(?:ible|ibility)? (?:needs?|requirements?|information|arrangements?)"
    r"|access to (?:the )?(?:property|home|house|building))\b",
    re.I,
)


def kind_of(line: Line) -> AlertKind:
    """A decision made in advance; else by its category's code, by its category's words, or by its own."""
    lead = line.lead
    if is_advance_decision(lead.statement) or resuscitation.meaning(line):
        return AlertKind.DECISION
    category = lead.fields.get("category", "")
    said = " ".join((lead.text, lead.fields.get("detail", "")))
    return _coded(lead) or _in_words(category) or _in_words(said) or AlertKind.PATIENT


def _coded(lead: Item) -> AlertKind | None:
    categories = listed((lead.statement.resource or {}).get("category"))
    codes = (code.code for one in categories for code in codings(one))
    return next((_BY_CATEGORY[code] for code in codes if code in _BY_CATEGORY), None)


def _in_words(said: str) -> AlertKind | None:
    """What is plainly a risk to staff; else a risk to the patient before any other: words of harm name both."""
    for words, kind in (
        (_TO_STAFF, AlertKind.STAFF),
        (_TO_PATIENT, AlertKind.PATIENT),
        (_STAFF, AlertKind.STAFF),
        (_NEEDS, AlertKind.NEEDS),
    ):
        if words.search(said):
            return kind
    return None
