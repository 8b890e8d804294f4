"""A Bundle too large to hold is taken as a small one is, and refused as one is."""

import gzip
import json
import subprocess
import sys
from pathlib import Path

import pytest

from fhir.entries import Limits, Raw, Refused
from fhir.gate import Reason, check, units
from tests.fhir.test_bundles import HERE, MEG, OTHER, THERE, UUID, condition, entry

HELD = Limits()
NOT_HELD = Limits(bundle=60, together=1)
EVE = MEG | {"id": "8"}
BUNDLES = [
    [],
    [entry(MEG, UUID), entry(condition(UUID), OTHER)],
    [entry(condition(UUID, note=[{"text": 'Zoë said "ō"\n'}]), OTHER), entry(MEG, UUID)],
    [entry(MEG, UUID), entry(EVE, UUID), entry(condition(UUID))],
    [entry(MEG, f"urn:uuid:{MEG['id']}"), entry(condition("urn:uuid:7"))],
    [entry(MEG, method="PUT", url="Patient/8"), entry(method="DELETE", url="Condition/c1"), 7, None, "x", {}],
    [entry({"resourceType": "Patient"}, at, "PUT", "Patient?identifier=s|1") for at in (UUID, OTHER)],
    [entry({"resourceType": "Patient", "gender": g}, method="PUT", url="Patient?identifier=s|1") for g in "mf"],
    [entry(EVE), entry(MEG), entry(method="DELETE", url="Patient/8"), entry(MEG | {"gender": "female"})],
    [entry(MEG, f"{HERE}Patient/7"), entry(MEG, f"{THERE}Patient/7")],
    [
        entry(MEG, f"{HERE}Patient/7"),
        *(entry(condition(f"{at}Patient/7"), f"{HERE}Condition/1") for at in (HERE, THERE)),
    ],
    [entry(MEG | {"id": "a b"}), entry({"resourceType": "Spaceship"}), entry({"resourceType": "Patient"}, UUID)],
]


def outcome(path: Path, limits: Limits) -> list[object]:
    """Of every entry: where, what and whom, or why not."""
    found = [each for unit in units(path, limits) for each in unit]
    checked = [each if isinstance(each, Refused) else check(each) for each in found]
    return [
        (one.position, one.reason) if isinstance(one, Refused) else (*_told(one.raw), one.subject, one.refs)
        for one in checked
    ]


def _told(raw: Raw) -> tuple[object, ...]:
    return raw.position, raw.type, raw.local_id, raw.digest, raw.body, raw.older


@pytest.mark.parametrize("kind", ["batch", "history"])
@pytest.mark.parametrize("entries", BUNDLES)
@pytest.mark.parametrize("name", ["bundle.json", "bundle.json.gz", "bundles.ndjson", "bundles.ndjson.gz"])
@pytest.mark.parametrize("indent", [None, 1])
def test_it_makes_no_difference_whether_a_bundle_is_held(
    tmp_path: Path, entries: list[object], name: str, indent: int | None, kind: str
) -> None:
    body = {"resourceType": "Bundle", "type": kind, "meta": {"versionId": "1"}, "entry": entries, "total": 3}
    text = json.dumps(body, indent=None if "ndjson" in name else indent, ensure_ascii=False)
    if "ndjson" in name:
        text = "\n".join([json.dumps(EVE), text, text, json.dumps(MEG)]) + "\n"
    path = tmp_path / name
    path.write_bytes(gzip.compress(text.encode()) if name.endswith("gz") else b"\xef\xbb\xbf" + text.encode())
    assert outcome(path, NOT_HELD) == outcome(path, HELD)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ('{"resourceType":"Bundle","type":"batch","entry":[%s]', Reason.NOT_JSON),
        ('{"resourceType":"Bundle","type":"batch","entry":[%s', Reason.NOT_JSON),
        ('{"resourceType":"Bundle","type":"batch","entry":[%s,]}', Reason.NOT_JSON),
        ('{"resourceType":"Bundle","type":"batch","entry":[%s]}}', Reason.NOT_JSON),
        ('{"resourceType":"Bundle","type":"batch","entry":[%s],"type":"batch"}', Reason.DUPLICATE_KEY),
        ('{"resourceType":"Bundle","type":"batch","entry":[],"entry":[%s]}', Reason.DUPLICATE_KEY),
        ('{"resourceType":"Bundle","entry":[%s],"type":"batch-response"}', Reason.UNSUPPORTED_BUNDLE),
        ('{"resourceType":"Bundle","entry":[%s,{"resource":{"resourceType":"ReferralRequest"}}]}', Reason.FHIR_STU3),
        ('{"resourceType":"Bundle","type":"batch","entry":[{"resource":"%s"}]}', Reason.NOT_JSON),
        ('{"resourceType":"Patient","entry":[%s]}', Reason.TOO_LARGE),
    ],
)
def test_what_refuses_the_whole_is_found_before_anything_is_taken(tmp_path: Path, text: str, why: Reason) -> None:
    path = tmp_path / "bundle.json"
    path.write_text(text % json.dumps(entry(MEG)))
    assert outcome(path, NOT_HELD) == [("bundle.json", why)]


def test_memory_does_not_grow_with_a_bundle(tmp_path: Path) -> None:
    """Sixty megabytes, sent as one."""
    padding = [{"text": "x" * 3000}]
    path = tmp_path / "bundle.json"
    with path.open("w") as file:
        file.write('{"resourceType":"Bundle","type":"batch","entry":[')
        file.write(json.dumps(entry(MEG, UUID)))
        for number in range(20_000):
            file.write("," + json.dumps(entry(condition(UUID, id=str(number), note=padding))))
        file.write("]}")
    script = (
        "import resource, sys; from pathlib import Path; from fhir.gate import units\n"
        "before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "number = sum(len(unit) for unit in units(Path(sys.argv[1])))\n"
        "print(number, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)"
    )
    done = subprocess.run([sys.executable, "-c", script, str(path)], capture_output=True, text=True, check=True)
    number, kilobytes = map(int, done.stdout.split())
    assert (number, kilobytes < 50_000) == (20_001, True), done.stdout
