"""The words of a person's own record: plain names, why something is not here, and who says what."""

from collections.abc import Mapping

from fhir.absence import SectionState
from fhir.line import NOT_STATED

SOME = "Some information may not be shown here. You can ask the organisation that recorded it to see the rest."
"""Said on the page and in every section, whether or not anything is withheld: it must tell nobody that it is."""
TAKEN_BACK = "Entries that were taken back by the organisation that wrote them, or that cannot be read, are not shown."
PROTECTED = (
    "To protect where you live and get care, names of organisations, places and staff are not shown here, "
    "and some details are left out."
)
DETAIL_LEFT_OUT = "A detail is left out here, to protect where you live and get care."
IRREGULAR = "This was sent to us in an unusual form. If it looks wrong, ask the organisation that recorded it."
DIFFERS = "Organisations say different things about this."
NOT_DESCRIBED = "Not described by the organisation that recorded it"

TITLES: Mapping[str, str] = {
    "problems": "Your health conditions",
    "medications": "Your medicines",
    "allergies": "Allergies",
    "results": "Test results and measurements",
    "immunisations": "Vaccinations",
    "encounters": "Appointments and visits",
    "procedures": "Operations and procedures",
    "documents": "Letters and documents",
    "care-plans": "Care plans and decisions",
    "flags": "Alerts and needs",
    "social-care": "Social care and daily life",
    "contacts": "Teams and people involved in your care",
    "demographics": "Your details",
}
"""The sections in the order of the page."""

THINGS: Mapping[str, tuple[str, str]] = {
    "problems": ("condition", "conditions"),
    "medications": ("medicine", "medicines"),
    "allergies": ("entry", "entries"),
    "results": ("result", "results"),
    "immunisations": ("vaccination", "vaccinations"),
}
ENTRIES = ("entry", "entries")

FACTS: Mapping[str, Mapping[str, str]] = {
    "problems": {"onset": "Since", "abated": "Until", "body site": "Where", "laterality": "Side",
                 "severity": "How severe", "note": "Note"},
    "medications": {"as needed": "As needed", "maximum": "No more than", "instruction": "Instruction",
                    "patient instruction": "Instruction for you", "course end": "Until", "note": "Note"},
    "allergies": {"reaction": "Reaction", "reaction description": "What happened", "severity": "How severe",
                  "onset": "Since", "ended": "Until", "note": "Note"},
    "results": {"range": "Range given with it", "interpretation": "Marked by the laboratory or clinic as",
                "body site": "Where", "conclusion": "Conclusion", "note": "Note"},
    "immunisations": {"dose number": "Dose", "status reason": "Why", "note": "Note"},
    "encounters": {"end": "Until", "discharge": "Afterwards", "patient instruction": "Instruction for you",
                   "description": "About", "cancelled because": "Cancelled because"},
    "procedures": {"body site": "Where", "laterality": "Side", "outcome": "Outcome", "follow up": "Afterwards",
                   "note": "Note"},
    "documents": {"description": "About", "kind": "Kind"},
    "care-plans": {"description": "About", "activities": "What is planned", "goals": "Goals", "decision": "Decision",
                   "target": "Target", "end": "Until", "note": "Note"},
    "flags": {"detail": "Detail", "decision": "Decision", "risk": "Risk", "mitigation": "What helps", "end": "Until"},
    "social-care": {"description": "About", "activities": "What is planned", "end": "Until", "note": "Note"},
    "contacts": {"role": "Role", "phone": "Phone", "end": "Until"},
    "demographics": {"date of birth": "Date of birth", "NHS number": "NHS number", "address": "Address",
                     "phone": "Phone", "email": "Email", "gender": "Gender", "language": "Language",
                     "interpreter": "Interpreter", "ethnic category": "Ethnic group"},
}  # fmt: skip
"""What is shown of a line beside its name, with its label. Names of staff and places stand in none of these."""

DIFFERING: Mapping[str, str] = {"code": "Name", "when": "Date", "verification": "Whether it is certain"}
"""What is said of a difference in a value that has no label there."""

KINDS: Mapping[str, str] = {
    "gp": "GP practice", "acute": "hospital", "community": "community service", "mental": "mental health service",
    "social": "council", "children": "council", "ambulance": "ambulance service", "111": "NHS 111",
    "pharmacy": "pharmacy",
}  # fmt: skip

_STATUS: Mapping[str, str] = {
    "active": "current", "noshow": "not attended", "not-done": "not done", "not-taken": "not taken",
    "entered-in-error": "entered by mistake", "on-hold": "paused", "finished": "finished", "amended": "changed since",
    "corrected": "corrected since", "refuted": "you do not have this", "unconfirmed": "not confirmed",
    "provisional": "not confirmed yet", "differential": "one of several possibilities", "true": "yes", "false": "no",
}  # fmt: skip
_USUAL = frozenset({"", "active", "final", "current", "completed", "finished", "confirmed", "available", "accepted"})


def status(sent: str) -> str:
    """A status as people say it."""
    return _STATUS.get(sent, sent.replace("-", " ").replace("_", " "))


def unusual(sent: str) -> str:
    """The status of a line where it is worth saying; empty where it is as usual."""
    return "" if sent in _USUAL else status(sent)


def who_says(who: str, said: str) -> str:
    """`Elm Surgery says: current`, `You say: 82 kg`."""
    if said == NOT_STATED:
        return f"{who} {'do' if who == YOU else 'does'} not say"
    return f"{who} {'say' if who == YOU else 'says'}: {said}"


YOU = "You"


def empty(state: SectionState) -> str:
    """What stands where nothing is shown. Never that there is none: only a source can say that."""
    match state:
        case SectionState.NOT_CONNECTED:
            return "No organisation sends us this part of your record yet."
        case SectionState.UNAVAILABLE:
            return "We could not get this part of your record. This does not mean that there is nothing."
        case _:
            return "Nothing is shown here. This does not mean that there is nothing."
