"""The demo's first patient has a week of home readings, on whatever port the demo runs."""

from pathlib import Path

from app import create_app, demo
from app.access.users import PatientUser
from app.identity.accounts import patient_of
from app.settings import Settings
from app.synth import cast

PORTS = ("http://127.0.0.1:8001", "http://127.0.0.1:9001")


def test_a_week_is_there_once_and_stays_theirs_on_another_port(tmp_path: Path) -> None:
    settings = Settings.from_env({"ENVIRONMENT": "demo", "DEMO_HOME": str(tmp_path)})
    app = create_app(settings)
    engine = app.extensions["engine"]
    demo.prepare(engine, settings, 3, 3, lambda words: None)
    people = set()
    for issuer in (PORTS[0], PORTS[0], PORTS[1]):
        demo._patients(settings, issuer)
        people.add(patient_of(engine, PatientUser(issuer, "demo-patient", "", "")))
    assert len(people) == 1 and None not in people
    assert patient_of(engine, PatientUser(PORTS[0], "demo-patient", "", "")) is None
    number = cast.CAST[cast.PATIENT_USER].nhs
    done = app.test_cli_runner().invoke(args=["record", "--nhs-number", number, "--as", "gp", "--json"])
    assert done.stdout.count('"patient"') >= 28
    engine.dispose()
