"""One person's records being written: who they are, what is true, and the traps that their records hold."""
# ruff: noqa: E501 - a table: one row, one line

from dataclasses import dataclass, field
from typing import Any

from app.synth.chance import Random
from app.synth.chart import Chart
from app.synth.life import Life
from app.synth.person import Person, pid
from app.synth.plan import Plan

Json = dict[str, Any]

RULES = {
    "twins": "same surname, birth date and address, different forename and NHS number: never merge",
    "father_son": "same name and address, different birth date: never merge",
    "same_name_same_dob": "same name, sex and birth date, different address and NHS number: never merge when NHS numbers differ",
    "same_lab_result_twice": "one blood test known to two systems: count once in measures and trends",
    "gp_sharing_dissent": "content of this GP feed must not be shown to other organisations; existence policy is for the design",
    "moved_practice": "two GP records, one deregistered",
    "dose_conflict": "GP list and discharge list differ in dose: both must be visible with source and date",
    "medicine_status_conflict": "the GP lists it as current, the hospital stopped it: one line, both statuses shown with source and date",
    "onset_conflict": "two providers date the onset differently: one line, both dates shown, earliest first",
    "status_conflict": "active at one provider, resolved at another: one line, both statuses shown",
    "verification_conflict": "one provider confirmed it, another refuted it: shown as disputed, neither dropped",
    "text_only_problem": "a problem in words without a code: shown as sent, never dropped",
    "same_code_other_words": "one code with two wordings: one line, both texts kept",
    "delabelled_allergy": "acute trust refuted it after testing; other feeds still assert it: show both with status, do not silently drop either",
    "nkda_conflict": "another provider holds a positive allergy: both must be visible, the positive one must not be hidden",
    "allergy_medicine_conflict": "a current medicine meets a recorded allergy: shown as something to check, before anything else is done",
    "allergy_not_shared": "only one provider knows this allergy: it must be shown whoever looks",
    "echoed_immunisation": "one vaccination recorded by two providers: one line with two sources",
    "irregular_time": "lastUpdated lacks its zone: readable, kept as sent and marked irregular, never refused",
    "two_readings_one_day": "the same value twice on one day is two readings, not one",
    "zero_value": "an integer 0 is a value and is shown with its meaning",
    "withdrawn_from_the_start": "sent as entered in error: never shown as a problem, still in history",
    "duplicate_within_provider": "same person twice in one source; day 2 carries Patient.link replaced-by",
    "overlay": "this record carries another person's NHS number with its own name and birth date: never show it on the other person's page",
    "overlay_corrected": "on day 1 this record carried another person's NHS number; after day 2 nothing of it may remain on the other person's page",
    "nhs_missing": "no NHS number: may join only by name, birth date and address",
    "nhs_bad_check_digit": "the number fails its check digit: never matched on, kept as sent",
    "nhs_traced": "record joins the person after day 2",
    "unregistered": "no GP record at all",
    "restricted": "restricted by meta.security R: no address or telephone is sent, and none may be shown",
    "deceased": "shown as deceased whatever other feeds still say",
    "day2_new_bp": "latest BP on the page after day 2",
    "entered_in_error": "after day 2 not shown as a problem and not counted; still in history and audit",
    "deleted_at_source": "DELETE in the day-2 bundle: gone from the page, kept in history",
    "corrected_result": "preliminary on day 1, final with another value on day 2: the newest version is shown, the older is reachable",
    "resuscitation_conflict": "an older entry for resuscitation and a newer plan against it: both shown with their dates, newest first",
    "child_safeguarding": "a child protection flag from children's social care: shown first to those who may see it, to no one else",
}  # fmt: skip


@dataclass
class Case:
    """What the writers share while they write about one person."""

    rng: Random
    person: Person
    plan: Plan
    life: Life
    charts: list[Chart] = field(default_factory=list)
    traps: list[Json] = field(default_factory=list)

    def trap(self, kind: str, *others: int, **more: Any) -> None:
        """Note a trap, with its rule; `others` are the places of the other people in it."""
        people = [self.person.pid, *map(pid, others)]
        self.traps.append({"kind": kind, "persons": people, **more, "rule": RULES[kind]})

    def chart(self, kind: str) -> Chart | None:
        """The first record of this kind of provider."""
        return next((chart for chart in self.charts if chart.provider.kind == kind), None)
