"""What is true of the region, written beside the feeds: who is who, what is so, and where the traps are."""

import csv
from collections.abc import Iterable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import orjson

from app.synth.case import Case
from app.synth.places import area
from app.synth.providers import PRACTICES
from app.synth.records import Links, link_row

Json = dict[str, Any]
_PERSON = (
    "pid", "nhs", "family", "given", "sex", "birth", "death", "line", "town", "pc", "lsoa", "imd", "eth", "practice",
    "registered", "restricted", "optout", "dissent", "history",
)  # fmt: skip
_LINK = ("person", "provider", "patient", "nhs_supplied", "noise")


class Truth:
    """The truth files. Use it as a context. Facts and pages are as they stand after the second day."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._stack = ExitStack()
        self._persons = self._table(folder / "persons.csv", _PERSON)
        self._links = self._table(folder / "links.csv", _LINK)
        self._changed = self._table(folder / "links_day2_changes.csv", _LINK)
        names = ("facts", "traps", "expected_pages")
        self._lines = {
            name: self._stack.enter_context((folder / f"{name}.ndjson").open("wb", buffering=1 << 16)) for name in names
        }
        self.people = 0
        self.records = 0

    def __enter__(self) -> "Truth":
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def case(self, case: Case, links: Links, with_page: bool) -> None:
        """Everything that is true of one person."""
        self.people += 1
        self.records += len(case.charts)
        self._persons.writerow(_person_row(case))
        self._links.writerows(link_row(case, chart) for chart in case.charts)
        self._changed.writerows(links)
        for fact in case.life.facts:
            if fact.sources or fact.status == "entered-in-error":
                body = {"person": case.person.pid, "kind": fact.kind, "key": fact.key, "display": fact.display}
                self._line("facts", body | {"status": fact.status, "sources": fact.sources})
        for trap in case.traps:
            self._line("traps", trap)
        if with_page:
            self._line("expected_pages", _page(case))

    def _line(self, name: str, body: Json) -> None:
        self._lines[name].write(orjson.dumps(body, option=orjson.OPT_APPEND_NEWLINE))

    def _table(self, path: Path, heading: Iterable[str]) -> Any:
        file = self._stack.enter_context(path.open("w", encoding="utf-8", newline=""))
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(heading)
        return writer


def _person_row(case: Case) -> tuple[object, ...]:
    person = case.person
    where = area(person.home.postcode)
    history = "frail" if case.plan.frail else "thin" if case.plan.thin else "adult" if person.years >= 18 else "child"
    return (
        person.pid, person.nhs, person.family, " ".join(person.given), person.sex[0].upper(), person.born,
        person.died or "", person.home.line, person.home.town, person.home.postcode, where.lsoa,
        where.deprivation_decile, person.ethnic, PRACTICES[person.practice].ods if person.registered else "",
        int(person.registered), int(person.restricted), int(person.optout), int(person.dissent), history,
    )  # fmt: skip


def _page(case: Case) -> Json:
    """What one page must show after the second day: nothing of a GP record whose sharing was refused."""
    person = case.person
    hidden: list[str] = []
    return {
        "person": person.pid,
        "nhs": person.nhs,
        "name": " ".join((*person.given[:1], person.family)),
        "providers": sorted({chart.provider.key for chart in case.charts}),
        "deceased": person.died is not None,
        "restricted": person.restricted,
        "gp_dissent": person.dissent,
        "gp_latest_bp": _latest_bp(case),
        "problems": _shown(case, "problem", hidden),
        "allergies": _shown(case, "allergy", hidden),
        "medicines": _shown(case, "medication", hidden),
        "not_shown": hidden,
    }


def _shown(case: Case, kind: str, hidden: list[str]) -> list[Json]:
    found = []
    for fact in case.life.facts:
        if fact.kind != kind or not fact.sources:
            continue
        sources = {str(source["provider"]) for source in fact.sources}
        if case.person.dissent:
            sources = {source for source in sources if not source.startswith("gp-")}
        if sources:
            found.append({"display": fact.display, "status": fact.status, "sources": sorted(sources)})
        else:
            hidden.append(fact.display)
    return found


def _latest_bp(case: Case) -> list[int] | None:
    """The newest pressure in any practice's record, that of the second day included."""
    charts = [chart for chart in case.charts if chart.provider.kind == "gp"]
    sent = [r for chart in charts for r in chart.resources]
    sent += [entry["resource"] for chart in charts for entry in chart.later if "resource" in entry]
    readings = [r for r in sent if "component" in r]
    if not readings:
        return None
    newest = max(readings, key=lambda r: str(r["effectiveDateTime"]))
    return [part["valueQuantity"]["value"] for part in newest["component"]]
