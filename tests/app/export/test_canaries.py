"""A canary in every text of every kind of resource that a provider may send: none leaves, in whatever place."""

import json
from pathlib import Path

import pytest

from app.export import releases
from app.export.files import tables_in, texts_of
from app.export.releases import CHECKED, MEASURES, ROWS
from app.export.vault import Vault
from app.settings import Settings
from fhir.record import SECTIONS
from tests.app.export import crowd
from tests.app.export.planning import PETRA, approved
from tests.canaries import Canaries
from tests.feeding import GP, Json, Sender

KINDS = sorted({kind for module in SECTIONS for kind in module.TYPES} | {"Practitioner", "Organization", "Medication"})
ABOUT = ("subject", "patient", "individual", "beneficiary", "individualSubject")


def laden(canaries: Canaries, kind: str, n: int) -> Json:
    """A resource full of canaries about the n-th of the crowd, with a listed code so that a row of it leaves."""
    found = canaries.resource(kind, f"canary-{kind}-{n}")
    for name in ABOUT:
        if name in found:
            found[name] = {"reference": f"Patient/crowd-{n}", "display": canaries.canary(f"{kind}.{name}.display")}
    for name in ("code", "medicationCodeableConcept"):
        if isinstance(found.get(name), dict):
            listed = "320139002" if name.startswith("med") else "27113001" if kind == "Observation" else "195967001"
            found[name]["coding"].append(
                {"system": "http://snomed.info/sct", "code": listed, "display": canaries.canary(name)}
            )
    found.pop("text", None)
    return found | {"text": {"status": "generated", "div": f"<div>{canaries.canary(f'{kind}.text')}</div>"}}


def simple(canaries: Canaries, kind: str, n: int) -> list[Json]:
    """What a valid resource of the four kinds that leave may say in words, everywhere."""
    about = {"subject": {"reference": f"Patient/crowd-{n}", "display": canaries.canary(f"{kind}.subject.display")}}
    extra = {
        "identifier": [{"system": "https://example.org/x", "value": canaries.canary(f"{kind}.identifier")}],
        "note": [{"text": canaries.canary(f"{kind}.note")}],
        "extension": [{"url": "https://example.org/e", "valueString": canaries.canary(f"{kind}.extension")}],
        "meta": {"source": "https://example.org/" + canaries.canary(f"{kind}.meta.source")},
        "text": {
            "status": "generated",
            "div": f'<div xmlns="http://www.w3.org/1999/xhtml">{canaries.canary(kind)}</div>',
        },
    }
    sent = [one | extra | about | {"id": f"s-{one['id']}"} for one in crowd.records(n) if one["resourceType"] == kind]
    for one in sent:
        for name in ("code", "medicationCodeableConcept"):
            if name in one:
                one[name] = {
                    "text": canaries.canary(f"{kind}.{name}.text"),
                    "coding": [{**one[name]["coding"][0], "display": canaries.canary(f"{kind}.{name}.display")}],
                }
    return sent


def person(canaries: Canaries, n: int) -> Json:
    own = crowd.person(n)
    return own | {
        "name": [{"family": canaries.canary("Patient.name.family"), "given": [canaries.canary("Patient.name.given")]}],
        "address": [{"line": [canaries.canary("Patient.address.line")], "postalCode": "TB1 1AA"}],
        "telecom": [{"system": "email", "value": canaries.canary("mail") + "@example.org"}],
        "contact": [{"name": {"text": canaries.canary("Patient.contact.name")}}],
        "photo": [{"title": canaries.canary("Patient.photo.title")}],
        "extension": [{"url": "https://fhir.hl7.org.uk/StructureDefinition/Extension-UKCore-EthnicCategory",
                       "valueCodeableConcept": {"coding": [{"system": "x", "code": "A"}],
                                                "text": canaries.canary("Patient.ethnic")}}],
    }  # fmt: skip


def test_no_canary_is_in_any_file_name_log_report_or_error(
    sender: Sender,
    vault: Vault,
    settings: Settings,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    caplog.set_level("DEBUG")
    canaries = Canaries()
    people = range(12)
    sender.send(GP, *(person(canaries, n) for n in people))
    for n in people:
        sender.send(
            GP,
            *(one for kind in ("Condition", "MedicationRequest", "Observation") for one in simple(canaries, kind, n)),
        )
        sender.send(GP, *(laden(canaries, kind, n) for kind in KINDS if kind != "Patient"))
    assert sum(local_id.startswith("canary-") for _, local_id, _ in sender.kept()) > 100
    crowd.load_lists(sender)
    said = caplog.text + "".join(capfd.readouterr())
    for kind in (ROWS, MEASURES):
        number = releases.request(sender.engine, PETRA, approved(sender.engine), kind)
        releases.make(sender.engine, vault, settings, number)
        made = releases.get(sender.engine, number)
        assert made.state == CHECKED, made.report["checks"]
        said += json.dumps(made.report)
        folder = settings.releases_dir / str(number)
        said += everything_in(folder)
        if kind == ROWS:
            assert all(path.stat().st_size > 300 for path in tables_in(folder))
    said += caplog.text + "".join(capfd.readouterr())
    assert len(canaries.put) > 2_000
    assert list(canaries.seen(said)) == []
    assert "canary" not in said.casefold()


def everything_in(folder: Path) -> str:
    """Names, bytes, and the cells of compressed tables."""
    found = [path.name + path.read_bytes().decode("latin-1") for path in folder.iterdir()]
    cells = [str(batch) for path in tables_in(folder) for batch in texts_of(path)]
    return " ".join((*found, *cells))
