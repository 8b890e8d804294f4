"""Who the record is about, in the order that is the same on every page: name, born, gender, NHS number."""

from collections.abc import Sequence
from dataclasses import dataclass

from app import phrases
from app.viewer import formats, words
from app.viewer.alerts import Alerts
from app.viewer.lines import called, said_by
from app.viewer.look import Look
from app.viewer.notices import hidden, in_short
from fhir.absence import SectionState
from fhir.dates import fhir_date
from fhir.item import Item
from fhir.line import Line
from fhir.record import PatientRecord, Section

NO_WHEREABOUTS = "Not shown: this person's whereabouts are protected"


@dataclass(frozen=True, slots=True)
class Banner:
    """The person. `details` are the labelled parts of the second row; `died` is empty for the living.

    `allergies_hidden` and `risks_hidden` say whose allergies and alerts may be missing.
    """

    name: str
    other_names: str
    born: str
    age: str
    gender: str
    nhs_number: str
    died: str
    age_at_death: str
    details: tuple[tuple[str, str], ...]
    allergies: str
    allergies_when: str
    has_allergies: bool
    allergies_hidden: tuple[str, ...]
    risks: str
    risks_hidden: tuple[str, ...]
    differs: bool
    restricted: bool

    @property
    def identity(self) -> str:
        """Who it is, for the foot of every printed sheet."""
        return f"{self.name} · Born {self.born} · {self.gender} · NHS No. {self.nhs_number}"


def banner(record: PatientRecord, look: Look, risks: Alerts) -> Banner:
    """The person as the combined demographics say: the leading statement first, others where it is silent."""
    section = record.section("demographics")
    said = [item for one in section.lines for item in (one.lead, *one.items)]
    born = fhir_date(_first(said, "date of birth"))
    died, age_at_death, dead = _death(said, look)
    allergies, when, known = allergy_words(record.section("allergies"), look)
    withdrawn = any(aside.statement.type == "Patient" for aside in record.withdrawn)
    return Banner(
        name=_first(said, "name") or (words.DETAILS_WITHDRAWN if withdrawn else "Name not recorded"),
        other_names=_first(said, "other names"),
        born=born.clinical if born else formats.NOT_RECORDED,
        age="" if dead else formats.age(born, look.now),
        gender=formats.gender(_first(said, "gender")),
        nhs_number=formats.nhs_number(_first(said, "NHS number").split("; ")[0]),
        died=died,
        age_at_death=age_at_death,
        details=_details(said, look),
        allergies=allergies,
        allergies_when=when,
        has_allergies=known,
        allergies_hidden=in_short(hidden((record.section("allergies"),), look)),
        risks=risks.short,
        risks_hidden=in_short(risks.notices),
        differs=any(one.differences for one in section.lines),
        restricted=look.restricted,
    )


def _first(said: Sequence[Item], name: str) -> str:
    return next((item.fields[name] for item in said if item.fields.get(name)), "")


def _death(said: Sequence[Item], look: Look) -> tuple[str, str, bool]:
    """(when they died, their age then, whether any source says so): no source's silence makes a dead person living."""
    when = fhir_date(_first(said, "died"))
    if when:
        return when.clinical, formats.age(fhir_date(_first(said, "date of birth")), when.start), True
    dead = any(item.fields.get("deceased") == "true" or item.fields.get("died") for item in said)
    return ("date not recorded" if dead else ""), "", dead


def _details(said: Sequence[Item], look: Look) -> tuple[tuple[str, str], ...]:
    spoken = _first(said, "language")
    helped = {"true": "interpreter needed", "false": "no interpreter needed"}.get(_first(said, "interpreter"), "")
    language = "; ".join(part for part in (spoken, helped) if part) or formats.NOT_RECORDED
    if look.restricted:
        return (("Address, phone and practice", NO_WHEREABOUTS), ("Language and communication", language))
    phones = "; ".join(_phone(one) for one in _first(said, "phone").split("; ") if one)
    reach = "; ".join(part for part in (phones, _first(said, "email")) if part)
    return (
        ("Address", formats.address(_first(said, "address")) or formats.NOT_RECORDED),
        ("Phone and email", reach or formats.NOT_RECORDED),
        ("GP practice", _first(said, "GP practice") or formats.NOT_RECORDED),
        ("Language and communication", language),
    )


def _phone(said: str) -> str:
    """A number with its use: `01632 960000 (home)`."""
    number, bracket, use = said.rpartition(" (")
    return f"{formats.phone(number)} ({use}" if bracket and use[:-1].isalpha() else formats.phone(said)


def allergy_words(section: Section, look: Look) -> tuple[str, str, bool]:
    """(the allergies statement, when and by whom, whether allergies are known), in the forms of the display rules."""
    known = [one for one in section.lines if not (one.lead.absent or one.lead.empty)]
    current = [one for one in known if not one.lead.past]
    if current:
        dates = [one.lead.when for one in current if one.lead.when]
        newest = max(dates, key=lambda d: d.start).clinical if dates else "date not recorded"
        return "Known allergies: " + ", ".join(called(one.lead, look) for one in current), f"updated {newest}", True
    past = phrases.counted(len(known), "past entry", "past entries") if known else ""
    stated = [one for one in section.lines if one.lead.absent and not one.lead.past]
    if stated:
        said = "; ".join(dict.fromkeys(one.lead.text for one in stated))
        return said, "; ".join(part for part in (_stated_by(stated, look), past) if part), False
    if past:
        return f"No current allergies recorded; {past}", "", False
    return _UNKNOWN_ALLERGIES.get(section.state, "Allergies not recorded"), "", False


def _stated_by(stated: Sequence[Line], look: Look) -> str:
    """`stated by Dr A Lee, Elm Surgery, 05-Mar-2026`: the newest of each source."""
    newest: dict[str, Item] = {}
    for item in (item for one in stated for item in one.items if not item.past):
        newest.setdefault(item.source, item)
    return "stated by " + "; ".join(said_by(item, look) for item in newest.values())


_UNKNOWN_ALLERGIES = {
    SectionState.WITHHELD: "Allergies withheld",
    SectionState.UNAVAILABLE: "Allergies unavailable",
    SectionState.NOT_CONNECTED: "Allergies unavailable",
}
