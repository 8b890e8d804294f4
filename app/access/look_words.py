"""What somebody did with a record, and why they could, in words for the person it is about and for the privacy officer.

Pure. The same words for both, so that neither can be told less than the other.
"""

from collections.abc import Mapping
from typing import Any

from app.access.facts import Kind
from app.access.grants import REASON_WORDS, SEAL_REASONS
from app.access.permissions import Permission
from app.access.policy import BASIS_WORDS
from fhir.dates import fhir_date
from fhir.record import SECTIONS
from fhir.release_words import why as kept_back

Detail = Mapping[str, Any]
NOT_SHOWN = "given in their own words, which are kept but not shown here"
REASON_GIVEN = "reason given: "

_SEARCHES = {
    "nhs number": "Searched by NHS number. This person was in the list",
    "name and date of birth": "Searched by name and date of birth. This person was in the list",
    "recent patients": "Saw this person in the list of patients they looked at last",
    "worklist": "Saw this person’s name on a worklist, after opening the record from it",
    "confirm": "Checked the name, date of birth and address before opening the record",
}
_ROUTES = {
    "record": "Opened the record",
    "search": "Searched within the record",
    "timeline": "Read the record by date",
    "report a problem": "Opened the record to report a problem with it",
    "ask for an erasure": "Opened the record to ask that something in it be erased",
    "home readings": "Read the readings taken at home",
    "home": "Opened the start page of their record",
    "readings": "Read their readings",
    "reading": "Read a reading of theirs",
    "reading saved": "Read a reading of theirs",
    "flask record": "Printed the record from the service’s own machine",
    "section withdrawn": "Opened part of the record: entries that were taken back",
    "section not-interpretable": "Opened part of the record: entries that cannot be read",
    **{f"section {module.CODE}": f"Opened part of the record: {module.TITLE.lower()}" for module in SECTIONS},
}
_KINDS = {
    Permission.VIEW_OWN_ACCESS_LOG: "Read who looked at the record",
    Permission.REVIEW_ACCESS: "Reviewed who looked at the record",
    Permission.ADD_OWN_READING: "Added, changed or removed a reading",
    "account": "Linked their sign-in to the record",
    "worklist-item": "Closed an item of a worklist about this person",
    "reason": "Gave a reason for looking",
    "problem": "Reported a problem with the record",
    "erasure": "Asked that something in the record be erased",
    "erasure-decided": "Decided whether something in the record is erased",
    "look-question": "Asked the privacy officer about an entry in this list",
    "look-answer": "Answered a question about an entry in this list",
    "account-decision": "Decided which sign-in opens this record",
    "looks-search": "Searched the record of looks",
    "alerts": "Read the list of looks to decide on",
    "alert-decision": "Decided about a look",
    "review-start": "Opened the start page of access review",
    "operator": "Ran a command of the service’s own machine",
}
KIND_WORDS: Mapping[str, str] = {
    Permission.VIEW_RECORD: "Opened a record, or was refused",
    Permission.SEARCH_PATIENTS: "Searched for a patient",
    "reason": "Gave a reason for looking",
    "problem": "Reported a problem with a record",
    "worklist-item": "Closed an item of a worklist",
    Permission.VIEW_OWN_RECORD: "A person looked at their own record",
    Permission.VIEW_OWN_ACCESS_LOG: "A person read who looked",
    Permission.ADD_OWN_READING: "A person added, changed or removed a reading",
    "account": "A person’s sign-in was linked to a record",
    "look-question": "A person asked about a look",
    Permission.REVIEW_ACCESS: "The privacy officer read who looked",
    "looks-search": "The privacy officer searched the record of looks",
    "alert-decision": "The privacy officer decided about a look",
    "look-answer": "The privacy officer answered a question",
    "account-decision": "The privacy officer decided about a held sign-in",
    "operator": "A command of the service’s own machine",
}
"""The kinds of act that the record of looks is searched by."""
_TRIED = {
    Permission.VIEW_RECORD: "Tried to open the record and was not let in",
    "account": "Tried to link another sign-in to the record and was not let in",
}
_REFUSED = {
    "relationship": "They are not caring for this person, and gave no reason",
    "permission": "Their role may not do this",
    "role": "Their role may not do this",
    "activity": "Their role may not do this",
    "organisation": "Their organisation has no part in this record",
    "after death": "After a death only the practice, a medical examiner and a coroner may look",
    "purpose": "It was not for care",
    "not their own": "It is not their own record",
}
_BASES = {
    BASIS_WORDS[Kind.REGISTERED]: "This person is registered with their practice",
    BASIS_WORDS[Kind.ENCOUNTER]: "This person was in the care of their organisation then",
    BASIS_WORDS[Kind.CARE_TEAM]: "This person was on the caseload of their team",
    "your own record": "It is their own record",
    "you act for this person": "They act for this person",
}


def what(kind: str, outcome: str, detail: Detail, *, hides: bool = False) -> str:
    """What was done: `Opened part of the record: medicines`. `hides`: not in words of staff, which may name a place."""
    if outcome == "refused":
        return _TRIED.get(kind, "Tried, and was refused")
    if outcome == "held":
        return "Tried to link another sign-in to the record: neither opens it until the privacy officer decides"
    if kind == Permission.SEARCH_PATIENTS:
        return _SEARCHES.get(_text(detail, "by"), "Searched. This person was in the list")
    if _text(detail, "route") == "worklist":
        return f"Opened the record from a worklist: {sayable(_text(detail, 'worklist'), hides=hides)}"
    if kind in {Permission.VIEW_RECORD, Permission.VIEW_OWN_RECORD}:
        sealed = ", with what is withheld from others" if "seal broken" in (detail.get("alerts") or ()) else ""
        return _ROUTES.get(_text(detail, "route"), "Looked at the record") + sealed + _as_at(detail)
    if kind == "reason" and _text(detail, "reason") in SEAL_REASONS:
        return "Gave a reason for opening what is withheld"
    return _KINDS.get(kind, kind.replace("-", " ").capitalize())


def _as_at(detail: Detail) -> str:
    moment = fhir_date(_text(detail, "as_at"))
    return f", as it was on {moment.clinical}" if moment else ""


def reason(kind: str, outcome: str, detail: Detail, *, hides: bool = False) -> str:
    """Why they could, or could not; empty where nothing was asked. `hides` as in `what`."""
    if outcome == "refused":
        return _REFUSED.get(_text(detail, "step"), "")
    if given := _text(detail, "words") or _text(detail, "reason"):
        return f"Reason given: {sayable(REASON_WORDS.get(given, given), hides=hides)}"
    caring, is_given, given = _text(detail, "basis").partition(REASON_GIVEN)
    caring = caring.removesuffix("; ")
    told = f"Reason given: {sayable(given, hides=hides)}" if is_given else ""
    return ". ".join(part for part in (_BASES.get(caring, caring), told) if part)


def sayable(words: str, *, hides: bool = False) -> str:
    """What staff wrote themselves, unless it speaks of what a person is not shown of their record either."""
    return NOT_SHOWN if (hides and words not in REASON_WORDS.values()) or kept_back(words) else words


def _text(detail: Detail, name: str) -> str:
    value = detail.get(name)
    return value if isinstance(value, str) else ""
