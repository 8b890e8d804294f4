"""The words of the record page: why a section is empty, who says what, and what a mark means."""

from fhir.absence import SectionState

IRREGULAR = "Sent in a form that is not valid; check with the source"
CONTRADICTED = "Contradicted: allergies or items of this kind are recorded by another statement"
DISPUTED = "Disputed: one source says that it is so, another that it is not"
DIFFER = "Sources differ"
REFUTED = "Refuted: its source says that it is not so"
NOT_GIVE = "Do not give"
NOT_DO = "Not to be done"
LEFT_OUT = "Some details are not shown because this person's whereabouts are restricted"
NOT_DESCRIBED = "Not described by its source"
NOT_SHOWN = "Words not shown: this person's whereabouts are restricted"
WHO_AND_WHERE = (
    "Who recorded or gave care, where, and for which organisation is not shown: "
    "this person's whereabouts are restricted."
)

WITHHELD = "Items excluded due to confidentiality and/or patient preferences."
IN_TRANSIT = (
    "Patient record transfer from previous GP practice not yet complete; "
    "information recorded before the transfer may be missing."
)
AWAITING_FILING = (
    "Patient data may be incomplete as there is data supplied by a third party awaiting review "
    "before becoming available."
)
NOT_REACHED = "Unavailable: the source has not been reached as it should be."
NO_REASON = "Information not available."

KINDS = {
    "gp": "GP practice",
    "acute": "Hospital",
    "community": "Community services",
    "mental": "Mental health services",
    "social": "Social care",
    "children": "Children's services",
    "ambulance": "Ambulance service",
    "111": "NHS 111",
    "pharmacy": "Pharmacy",
    "patient": "The patient",
}

_STATUS = {
    "unknown": "Status not known to the source",
    "entered-in-error": "Entered in error",
    "final": "Final",
    "preliminary": "Provisional",
    "registered": "Awaiting result",
    "amended": "Amended",
    "corrected": "Corrected",
    "in-progress": "In progress",
    "noshow": "Did not attend",
    "not-done": "Not done",
}

_LABELS = {
    "when": "Date",
    "code": "Called",
    "hash": "Contents of the file",
    "verification": "Certainty",
    "exposure route": "Route",
    "kind": "Kind",
    "dosage": "Dose",
    "interpretation": "Source's comment",
}

DETAILS_WITHDRAWN = "Details withdrawn by their source"
"""In place of the name of a person whose Patient every source deleted, while other statements are held."""


def kind(sent: str) -> str:
    """What sort of organisation a source is: `GP practice`."""
    return KINDS.get(sent, sent.replace("-", " ").capitalize() or "Source")


def status(sent: str) -> str:
    """A status in words: `on-hold` is `On hold`."""
    return _STATUS.get(sent, sent.replace("-", " ").replace("_", " ").capitalize())


def label(name: str) -> str:
    """The label of a value: `body site` is `Body site`."""
    return _LABELS.get(name, name[:1].upper() + name[1:])


def empty(title: str, state: SectionState) -> str:
    """What stands where a section has no items: always which kind of nothing it is."""
    match state:
        case SectionState.NONE_KNOWN:
            return f"None known for {title.lower()}, as stated below."
        case SectionState.NOTHING_RECORDED:
            return f"{title} not recorded. This does not mean that there are none."
        case SectionState.UNAVAILABLE:
            return f"{title} unavailable."
        case SectionState.NOT_CONNECTED:
            return f"{title}: no provider that sends these is connected to this record."
        case SectionState.WITHHELD:
            return WITHHELD
        case SectionState.IN_TRANSIT:
            return IN_TRANSIT
        case SectionState.AWAITING_FILING:
            return AWAITING_FILING
        case SectionState.EMPTY_WITH_REASON:
            return NO_REASON
        case SectionState.HAS_ITEMS:
            return ""


def is_usual(interpretation: str) -> bool:
    """Whether a source calls its result normal."""
    return interpretation.strip().lower() in {"normal", "n", "negative", "within normal limits"}
