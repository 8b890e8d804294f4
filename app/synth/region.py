"""Writes a whole invented region: the feeds of twelve providers, two days of them, and the truth beside them."""

import csv
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import orjson

from app.synth import providers
from app.synth.cast import CAST
from app.synth.chart import Ids
from app.synth.dates import AS_OF, DAY_TWO
from app.synth.general_practice import organisation_of
from app.synth.nhs_numbers import MOST_PEOPLE
from app.synth.places import area, every_postcode
from app.synth.records import Wanted, write_person
from app.synth.truth import Truth
from app.synth.writing import Feeds

Progress = Callable[[int], None]
_EVERY = 100
_PAGES_EVERY = 25


def write_region(
    out: Path,
    people: int,
    seed: int,
    *,
    thin: bool = False,
    sizes: Sequence[int] = (),
    progress: Progress | None = None,
) -> None:
    """Write a region of this many people under `out`. The same arguments write the same bytes.

    `thin` gives each about 20 statements. `sizes` makes the first people ordinary adults with about so many statements.
    Either leaves out the named cast. `progress` is told how many people are done.
    """
    if not 0 <= people <= MOST_PEOPLE:
        raise ValueError(f"a region holds 0 to {MOST_PEOPLE} people")
    _reference(out)
    _write(out, Wanted(seed=seed, people=people, thin=thin, sizes=tuple(sizes)), progress)


def write_person_with(out: Path, statements: int, seed: int = 1) -> None:
    """Write a region of one ordinary adult with about this many statements, mostly results."""
    write_region(out, 1, seed, sizes=(statements,))


def _write(out: Path, wanted: Wanted, progress: Progress | None) -> None:
    with Feeds(out) as feeds, Truth(out / "truth") as truth, (out / "optout.part").open("w") as optouts:
        optouts.write("nhs_number\n")
        _practices(feeds)
        ids = Ids()
        for index in range(wanted.people):
            _one(wanted, index, ids, feeds, truth, optouts.write)
            if progress and ((index + 1) % _EVERY == 0 or index + 1 == wanted.people):
                progress(index + 1)
    _publish_optouts(out)
    _manifest(out, wanted, feeds, truth)


def _one(wanted: Wanted, index: int, ids: Ids, feeds: Feeds, truth: Truth, opt_out: Callable[[str], object]) -> None:
    case, links = write_person(wanted, index, ids)
    for chart in case.charts:
        feeds.chart(chart)
    named = wanted.with_cast and index < len(CAST)
    truth.case(case, links, with_page=named or index % _PAGES_EVERY == 0)
    if case.person.optout:
        opt_out(f"{case.person.nhs}\n")


def _practices(feeds: Feeds) -> None:
    for place, practice in enumerate(providers.PRACTICES):
        feeds.resource(practice, organisation_of(place))


def _reference(out: Path) -> None:
    """The list of providers, and what is known of each postcode."""
    out.mkdir(parents=True, exist_ok=True)
    _table(out / "providers.csv", providers.rows())
    folder = out / "reference"
    folder.mkdir(exist_ok=True)
    known = [("provider", "ods", "name", "kind")]
    known += [(p.key, p.ods, p.name, "gp practice" if p.kind == "gp" else p.kind) for p in providers.PROVIDERS]
    _table(folder / "organisations.csv", known)
    areas = [area(postcode) for postcode in every_postcode()]
    rows = [(a.postcode, a.lsoa, str(a.deprivation_decile), str(a.fuel_poverty_percent)) for a in areas]
    _table(folder / "postcode_lsoa_imd.csv", [("postcode", "lsoa11", "imd2019_decile", "fuel_poverty_pct"), *rows])


def _publish_optouts(out: Path) -> None:
    folder = out / "optout"
    folder.mkdir(exist_ok=True)
    (out / "optout.part").replace(folder / "national-data-optout.csv")


def _manifest(out: Path, wanted: Wanted, feeds: Feeds, truth: Truth) -> None:
    body = {
        "generator": "tributary synth",
        "args": {"people": wanted.people, "seed": wanted.seed, "thin": wanted.thin, "sizes": list(wanted.sizes)},
        "as_of": AS_OF.isoformat(),
        "day2": DAY_TWO.isoformat(),
        "people_note": "synthetic: no one here has ever lived",
        "truth_note": "facts and expected pages are as they stand after day 2",
        "people": truth.people,
        "patient_records": truth.records,
        "statements": feeds.total,
        "cast": [_character(place) for place in range(len(CAST)) if wanted.with_cast and place < wanted.people],
        "resources": {
            day: {key: dict(sorted(counts.items())) for key, counts in sorted(found.items())}
            for day, found in (("day1", feeds.day1), ("day2", feeds.day2))
        },
    }
    (out / "manifest.json").write_bytes(orjson.dumps(body, option=orjson.OPT_INDENT_2))


def _character(place: int) -> dict[str, str]:
    character = CAST[place]
    return {"person": character.person.pid, "nhs": character.nhs, "name": character.name, "about": character.about}


def _table(path: Path, rows: Iterable[tuple[str, ...]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows(rows)
