"""Vaccines: who is offered which and when, and how practices, pharmacies and hospitals write them."""

from dataclasses import dataclass
from datetime import date, timedelta

from app.synth.chance import Random
from app.synth.dates import AS_OF, age, day_between


@dataclass(frozen=True)
class Vaccine:
    """One vaccine; `product` is a dm+d code, `procedure` a SNOMED CT one, both only where known to exist."""

    name: str
    product: str = ""
    procedure: tuple[str, str] = ("", "")
    disease: tuple[tuple[str, str], ...] = ()


FLU = Vaccine(
    "Influenza vaccine",
    "",
    ("822851000000102", "Seasonal influenza vaccination (procedure)"),
    (("6142004", "Influenza"),),
)
_COVID = (("840539006", "Disease caused by severe acute respiratory syndrome coronavirus 2"),)
COVID_1 = Vaccine(
    "COVID-19 mRNA Vaccine BNT162b2",
    "39115611000001103",
    (
        "1324681000000101",
        "Administration of first dose of severe acute respiratory syndrome coronavirus 2 vaccine (procedure)",
    ),
    _COVID,
)
COVID_2 = Vaccine(
    "COVID-19 Vaccine Vaxzevria (ChAdOx1 S [recombinant])",
    "39114911000001105",
    (
        "1324691000000104",
        "Administration of second dose of severe acute respiratory syndrome coronavirus 2 vaccine (procedure)",
    ),
    _COVID,
)
COVID_BOOSTER = Vaccine("COVID-19 booster vaccination", disease=_COVID)
PNEUMOCOCCAL = Vaccine("Pneumococcal polysaccharide vaccine (23-valent)")
SHINGLES = Vaccine("Shingles (herpes zoster) vaccine")
MMR = Vaccine("MMR vaccine", disease=(("14189004", "Measles"), ("36989005", "Mumps"), ("36653000", "Rubella")))
SIX_IN_ONE = Vaccine(
    "6-in-1 vaccine (DTaP/IPV/Hib/HepB)",
    disease=(("76902006", "Tetanus"), ("27836007", "Pertussis"), ("398102009", "Acute poliomyelitis")),
)
PRE_SCHOOL = Vaccine(
    "4-in-1 pre-school booster (DTaP/IPV)", disease=(("76902006", "Tetanus"), ("27836007", "Pertussis"))
)
MEN_B = Vaccine("Meningococcal B vaccine")
ROTAVIRUS = Vaccine("Rotavirus vaccine")
HPV = Vaccine("HPV vaccine", disease=(("240532009", "Human papillomavirus infection"),))

_CHILDHOOD = (
    (56, SIX_IN_ONE), (56, MEN_B), (56, ROTAVIRUS), (84, SIX_IN_ONE), (112, SIX_IN_ONE), (112, MEN_B), (370, MMR),
    (1250, PRE_SCHOOL), (1250, MMR), (4560, HPV),
)  # fmt: skip

Given = tuple[Vaccine, date]


def given_to(rng: Random, born: date, last: date, at_risk: bool, most: int) -> list[Given]:
    """What one person has had up to their last day, latest first; some offers are not taken up."""
    if most <= 0:
        return []
    found = [*_in_childhood(rng, born), *_covid(rng, born), *_winters(rng, born, at_risk)]
    if age(born) >= 66:
        found.append((PNEUMOCOCCAL, _after(rng, born, 65)))
    if age(born) >= 72 and rng.random() < 0.7:
        found.append((SHINGLES, _after(rng, born, 70)))
    found = [(vaccine, day) for vaccine, day in found if born < day <= last]
    return sorted(found, key=lambda given: (given[1], given[0].name), reverse=True)[:most]


def _after(rng: Random, born: date, years: int) -> date:
    start = born + timedelta(days=int(years * 365.25))
    return day_between(rng, start, start + timedelta(days=330))


def _in_childhood(rng: Random, born: date) -> list[Given]:
    if born.year < 2004:
        return []
    return [(v, born + timedelta(days=d + int(rng.random() * 30))) for d, v in _CHILDHOOD if rng.random() < 0.93]


def _covid(rng: Random, born: date) -> list[Given]:
    if born.year > 2009 or rng.random() < 0.12:
        return []
    first = day_between(rng, date(2021, 1, 4), date(2021, 8, 30))
    doses = [(COVID_1, first), (COVID_2, first + timedelta(days=70 + int(rng.random() * 20)))]
    return [*doses, (COVID_BOOSTER, day_between(rng, date(2021, 11, 1), date(2022, 2, 1)))]


def _winters(rng: Random, born: date, at_risk: bool) -> list[Given]:
    winters = range(2016, AS_OF.year + 1)
    wanted = [w for w in winters if (at_risk or w - born.year >= 65) and rng.random() < 0.8]
    return [(FLU, day_between(rng, date(w, 9, 15), date(w, 12, 1))) for w in wanted]
