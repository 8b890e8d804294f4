"""The named people who open every demo region: always the same, whatever the seed, each with a story to show.

They are invented. The `gp` user works at GP_PRACTICE, the `hospital` user at HOSPITAL, the `social` user at ADULT_CARE.
"""

from dataclasses import dataclass
from datetime import date

from app.synth.nhs_numbers import nhs_number
from app.synth.person import Person
from app.synth.places import Home
from app.synth.plan import Story
from app.synth.providers import ACUTE, ADULT_CARE, CHILDREN, COMMUNITY, MENTAL, PRACTICES, Provider

GP_PRACTICE = PRACTICES[0].ods
HOSPITAL = ACUTE[0].ods

EDITH, SAMUEL, PRIYA, ALFIE, JOANNA, GEOFFREY, WEI, DORIS = range(8)
PETER_SENIOR, PETER_JUNIOR, AMARA, ADAEZE, MARTIN, SIAN, KAI, SUHARTI = range(8, 16)
PATIENT_USER = SAMUEL
PATIENT_USER_2 = PRIYA

_GP, _TRUST, _OTHER_TRUST = PRACTICES[0], ACUTE[0], ACUTE[1]
_EVERYONE = (_GP, _TRUST, _OTHER_TRUST, COMMUNITY, MENTAL, ADULT_CARE)


@dataclass(frozen=True)
class Character:
    """A named person, and what their records must hold."""

    person: Person
    story: Story
    about: str

    @property
    def name(self) -> str:
        """As people say it."""
        return self.person.full_name

    @property
    def nhs(self) -> str:
        """Their NHS number, ten digits."""
        return self.person.nhs


_FORMER_HOME = Home("3 Weir Terrace", "Orrick", "TB2 3DE")


def _who(
    index: int, name: str, sex: str, born: date, line: str, postcode: str = "TB1 1AB", *, ethnic: str = "A",
    practice: int = 0, died: date | None = None, registered: bool = True, restricted: bool = False,
    dissent: bool = False, household: tuple[tuple[int, str], ...] = (), twin: int | None = None,
    father: int | None = None,
) -> Person:  # fmt: skip
    given, _, family = name.rpartition("|")
    return Person(
        index=index, nhs=nhs_number(index), family=family, given=tuple(given.split("|")) if given else (), sex=sex,
        born=born, died=died, home=Home(line, "Tamberley", postcode), former_home=_FORMER_HOME,
        ethnic=ethnic, practice=practice, phone=f"01632 960{100 + index}", origin="british", registered=registered,
        restricted=restricted, dissent=dissent, household=household, twin=twin, father=father,
    )  # fmt: skip


def _story(conditions: str, providers: tuple[Provider, ...], difficulties: str = "", frail: bool = False) -> Story:
    return Story(
        conditions=tuple(c.strip() for c in conditions.split(";") if c.strip()),
        providers=providers,
        difficulties=tuple(difficulties.split()),
        frail=frail,
    )


_FERRY = "12 Ferry Lane"
_QUARRY_BANK = ("77 Quarry Bank", "TB1 4EF")
_LARKFIELD = ("18 Larkfield Crescent", "TB1 3GH")
_CHAPEL_HILL = ("Flat 2, 31 Chapel Hill", "TB1 1EL")
_WITH_EDITH = ((0, "Edith Hallworth"),)
_PETER = "Peter James Hallworth"
_CASTING: tuple[tuple[Person, Story, str], ...] = (
    (
        _who(EDITH, "Edith|Mary|Hallworth", "female", date(1938, 3, 14), _FERRY, household=((8, _PETER),)),
        _story(
            "Type 2 diabetes mellitus; Essential hypertension; Atrial fibrillation; Heart failure;"
            " Myocardial infarction; Chronic kidney disease stage 3; Osteoarthritis of knee; Osteoporosis;"
            " Depression; Dementia; Cataract;"
            " Recurrent falls; Hearing loss",
            _EVERYONE,
            "penicillin_allergy delabelled_allergy nkda_conflict dose_conflict medicine_status_conflict onset_conflict"
            " status_conflict verification_conflict same_code_other_words echoed_immunisation two_readings_one_day"
            " zero_value irregular_time current_admission day2_new_bp corrected_result safeguarding_adult"
            " allergy_not_shared allergy_medicine_conflict resuscitation_conflict",
            frail=True,
        ),
        "An older woman known to every adult provider, with conflicts; in hospital now",
    ),
    (
        _who(SAMUEL, "Samuel|Osei", "male", date(1973, 6, 2), "40 Kingfisher Way", "TB1 2AD", ethnic="N"),
        _story("Essential hypertension; Hyperlipidaemia; Gout", (_GP, _TRUST), "dose_conflict day2_new_bp"),
        "A man with high blood pressure; signs in as `patient`",
    ),
    (
        _who(PRIYA, "Priya|Raman", "female", date(1986, 11, 23), "Flat 4, 9 Mill Street", "TB1 3BH", ethnic="H"),
        _story("Asthma; Migraine; Hypothyroidism", (_GP, _TRUST), "onset_conflict"),
        "A woman with asthma; signs in as `patient2`",
    ),
    (
        _who(ALFIE, "Alfie|Brennan", "male", date(2017, 9, 5), *_QUARRY_BANK, household=((4, "Joanna Kerrigan"),)),
        _story("Asthma; Eczema", (_GP, _TRUST, COMMUNITY, CHILDREN), "child_safeguarding"),
        "A child with a child protection plan, known to children's social care",
    ),
    (
        _who(JOANNA, "Joanna|Kerrigan", "female", date(1990, 1, 30), *_QUARRY_BANK, restricted=True),
        _story("Anxiety disorder; Migraine", (_GP, _TRUST, MENTAL)),
        "Restricted: no address or telephone may be shown",
    ),
    (
        _who(GEOFFREY, "Geoffrey|Alan|Pallister", "male", date(1957, 8, 19), "5 Vicarage Gardens", dissent=True),
        _story("Essential hypertension; Coronary heart disease", (_GP, _TRUST)),
        "Dissents from sharing his GP record",
    ),
    (
        _who(WEI, "Wei|Lin", "male", date(1991, 4, 11), "101 Station Road", "TB1 2JL", ethnic="R", registered=False),
        _story("Epilepsy", (_TRUST,), "allergy_not_shared"),
        "Not registered with any practice",
    ),
    (
        _who(DORIS, "Doris|Amelia|Fenwick", "female", date(1931, 12, 1), "2 Priory Walk", died=date(2026, 8, 21)),
        _story("Heart failure; Essential hypertension; Stroke", (_GP, _TRUST, COMMUNITY), frail=True),
        "Died in August 2026",
    ),
    (
        _who(PETER_SENIOR, "Peter|James|Hallworth", "male", date(1961, 2, 27), _FERRY, household=_WITH_EDITH),
        _story("Type 2 diabetes mellitus; Essential hypertension", (_GP, _TRUST)),
        "Edith's son and carer; his own son has the same name and address",
    ),
    (
        _who(PETER_JUNIOR, "Peter|James|Hallworth", "male", date(1989, 10, 8), _FERRY, father=PETER_SENIOR),
        _story("Asthma", (_GP, _TRUST)),
        "Edith's grandson, of the same name and address as his father",
    ),
    (
        _who(AMARA, "Amara|Obi", "female", date(2019, 5, 14), *_LARKFIELD, ethnic="N"),
        _story("Eczema", (_GP, _TRUST, COMMUNITY)),
        "A twin",
    ),
    (
        _who(ADAEZE, "Adaeze|Obi", "female", date(2019, 5, 14), *_LARKFIELD, ethnic="N", twin=AMARA),
        _story("Asthma", (_GP, _TRUST)),
        "Her twin sister",
    ),
    (
        _who(MARTIN, "Martin|Sayle", "male", date(1968, 7, 7), "60 Foundry Street", practice=1),
        _story("Chronic obstructive lung disease", (PRACTICES[1], _TRUST), "overlay_on_samuel"),
        "His hospital record carries Samuel's NHS number until day 2",
    ),
    (
        _who(SIAN, "Siân|Bríd|O'Rourke-Llewellyn", "female", date(1979, 3, 3), *_CHAPEL_HILL, ethnic="B"),
        _story("Coronary heart disease; Recurrent falls", (_GP, _TRUST), "moved_practice duplicate_within_provider"),
        "Moved practice, and is twice in the hospital's system until day 2",
    ),
    (
        _who(KAI, "Kai|Thornbury", "male", date(1998, 12, 17), "8 Cooper's Yard", "TB1 2BD"),
        _story("Schizophrenia", (_GP, _TRUST, MENTAL), "risk_to_staff"),
        "Known to mental health, with a warning for staff",
    ),
    (
        _who(SUHARTI, "Suharti", "female", date(1984, 5, 25), "23 Tollgate Close", "TB1 4LN", ethnic="L"),
        _story("Type 2 diabetes mellitus", (_GP, _TRUST), "interpreter entered_in_error"),
        "Has one name only, and needs an interpreter",
    ),
)  # fmt: skip
CAST = tuple(Character(*one) for one in _CASTING)

# Slips at a desk that the stories need: who, which provider, what.
SLIPS: dict[tuple[int, str], list[str]] = {
    (EDITH, _OTHER_TRUST.key): ["nickname", "old_address"],
    (EDITH, ADULT_CARE.key): ["nhs_missing"],
    (SIAN, _TRUST.key): ["accents_lost"],
    (PRIYA, _TRUST.key): ["old_address"],
}
