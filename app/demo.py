"""The demonstration: a synthetic region, ten users, a sign-in provider and the site, all on this machine."""

import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import asdict
from datetime import timedelta
from pathlib import Path
from threading import Event
from urllib.error import URLError
from urllib.request import urlopen

from sqlalchemy import Engine, select

from app import clock, crypto, db, demo_readings, keyring
from app.access import sharing
from app.access.demo_users import DemoPatient, DemoUser, Organisation, demo_users
from app.access.feeds import feeds as feeds_of
from app.access.shapes import user_from
from app.access.sharing import Rule
from app.access.users import User
from app.errors import BadUsage, NotReady
from app.export import optouts, terminology
from app.export.vault import migrate_vault
from app.ingest import feeds
from app.ingest.delivery import ingest
from app.migrate import mark_synthetic, migrate
from app.settings import IdentityProvider, Settings
from app.synth import cast, code_lists
from app.synth.providers import ACUTE, ADULT_CARE, PRACTICES
from app.synth.region import write_region
from app.tables import instance
from fhir.codes import System

Say = Callable[[str], None]
CLIENT = "tributary-demo"
DOORS = ("staff", "patient")


def users(password: Callable[[str], str]) -> list[DemoUser]:
    """The demo's users, at the organisations of the synthetic region."""
    gp, hospital, social = (Organisation(p.ods, p.name) for p in (PRACTICES[0], ACUTE[0], ADULT_CARE))
    people = [cast.CAST[n].person for n in (cast.PATIENT_USER, cast.PATIENT_USER_2)]
    patients = [DemoPatient(p.full_name, p.family, p.nhs, p.born.isoformat()) for p in people]
    return demo_users(gp=gp, hospital=hospital, social=social, patients=patients, password=password)


def user_named(username: str) -> User:
    """A demo user, without a session; `gp@J81027` is the `gp` at another organisation."""
    name, _, org = username.partition("@")
    claims = next((u.claims for u in users(lambda _: "") if u.username == name), None)
    if claims is None:
        raise BadUsage("--as names one of: " + ", ".join(u.username for u in users(lambda _: "")))
    if org:
        claims = claims | {"org_code": org.upper(), "org_name": org.upper()}
    kind = "patient" if claims["role"] == "patient" else "staff"
    return user_from(claims, IdentityProvider("command-line", "command line", "", kind, ""))


def prepare(engine: Engine, settings: Settings, people: int, seed: int, say: Say) -> None:
    """Database, keys and region: made the first time, kept ever after."""
    if settings.database_url.startswith("sqlite:///"):
        _folder(Path(settings.database_url.removeprefix("sqlite:///")).parent)
    for folder in (settings.keys_dir.parent, settings.inbox):
        _folder(folder)
    crypto.create_keys(settings.keys_dir)
    migrate(engine)
    mark_synthetic(engine)
    migrate_vault(settings)
    with db.read(engine) as connection:
        loaded = connection.scalar(select(instance.c.value).where(instance.c.name == "region"))
    if loaded:
        agree(engine)
        say("The region is there already: its data are kept.")
        return
    folder = _load(engine, settings, people, seed, say)
    load_lists(engine, folder)
    with db.write(engine) as connection:
        connection.execute(instance.insert().values(name="region", value=json.dumps({"people": people, "seed": seed})))


def agree(engine: Engine) -> None:
    """What invented councils agreed to, where no rule of theirs is loaded: whoever cares for a person sees it all."""
    with db.read(engine) as connection:
        agreed = sharing.rules(connection)
        councils = [feed.ods for feed in feeds_of(connection) if feed.kind in sharing.NEEDS_RULE]
    if missing := sorted(set(councils) - {rule.provider for rule in agreed}):
        invented = [Rule(ods, sharing.EVERY, sharing.EVERY, sharing.ALLOW, agreement="Invented") for ods in missing]
        sharing.keep(engine, [*agreed, *invented])


def _folder(path: Path) -> None:
    """Make a folder that can be written to, or say which cannot."""
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise BadUsage(f"the folder {path} cannot be made ({error.strerror}): choose another with DEMO_HOME") from None
    if not os.access(path, os.W_OK):
        raise BadUsage(f"the folder {path} cannot be written to: choose another with DEMO_HOME")


def load_lists(engine: Engine, folder: Path) -> None:
    """What an operator loads before anything may leave: codes, areas and opt-outs, of the invented region."""
    for path in code_lists.write(folder / "reference" / "codelists"):
        system = code_lists.SYSTEMS.get(path.stem, System.SNOMED)
        terminology.load(engine, path, path.stem, code_lists.CITATION, system)
    terminology.load_postcodes(engine, folder / "reference" / "postcode_lsoa_imd.csv")
    listed = folder / "optout" / "national-data-optout.csv"
    if len(listed.read_text().split()) > 1:  # of three people nobody may have opted out: then nothing leaves
        optouts.load(engine, listed, optouts.OPTED_OUT, clock.today() + timedelta(days=365))


def _load(engine: Engine, settings: Settings, people: int, seed: int, say: Say) -> Path:
    folder = settings.keys_dir.parent / f"region-{people}-{seed}"
    say(f"Inventing {people} people …")
    if not (folder / "manifest.json").exists():
        write_region(folder, people, seed)
    feeds.load(engine, folder / "providers.csv")
    agree(engine)
    for day in ("day1", "day2"):
        for source in sorted((folder / day).iterdir()):
            ods = source.name.rpartition("-")[2]
            totals = ingest(engine, feeds.feed_of(engine, ods, is_demo=True), [source])
            say(f"  {day} {source.name}: {totals['received']} resources in {totals['seconds']:.1f} s")
    return folder


def _patients(settings: Settings, issuer: str) -> None:
    """The patients' accounts, and what one of them measured at home."""
    engine = keyring.attach(db.engine_for(settings.database_url), settings.keys_dir)
    patients = [user.claims for user in users(lambda _: "") if user.claims["role"] == "patient"]
    if demo_readings.follow(engine, issuer, tuple(claims["sub"] for claims in patients)):
        demo_readings.measure(engine, issuer, patients[0])
    engine.dispose()


def _refuse_taken(*ports: int) -> None:
    for port in ports:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                raise BadUsage(f"port {port} is in use on this machine: choose another with --port")


def serve(settings: Settings, port: int, say: Say) -> None:
    """Run the sign-in provider and the site until somebody presses Ctrl-C."""
    _refuse_taken(port, port + 1)
    secret, word = secrets.token_urlsafe(24), secrets.token_urlsafe(6)
    everyone = users(lambda username: f"{username}-{word}")
    site, issuer = f"http://127.0.0.1:{port}", f"http://127.0.0.1:{port + 1}"
    _patients(settings, issuer)
    environment = dict(os.environ) | {"ENVIRONMENT": "demo", "SITE_URL": site, "DATABASE_URL": settings.database_url}
    environment |= {"KEYS_DIR": str(settings.keys_dir), "INBOX": str(settings.inbox), "VAULT_URL": settings.vault_url}
    environment |= {"RELEASES_DIR": str(settings.releases_dir), "AUDIT_HEADS": str(settings.audit_heads)}
    for door in DOORS:
        values = {"ISSUER": issuer, "CLIENT_ID": CLIENT, "KIND": door, "KEY": secret}
        environment |= {f"OIDC_{door.upper()}_{name}": value for name, value in values.items()}
    told = {
        "users": [asdict(user) for user in everyone],
        "site": {"url": site, "providers": DOORS, "client_id": CLIENT, "client_secret": secret},
        "port": port + 1,
    }
    children: list[subprocess.Popen[bytes]] = []
    stop = Event()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: stop.set())  # an exception could come between a start and its being noted
    try:
        children.append(_provider(environment, told))
        if _answers(f"{issuer}/.well-known/openid-configuration", children, stop):
            children.append(_site(environment, port))
            if _answers(f"{site}/healthz", children, stop):
                children.append(_worker(environment))
                _welcome(site, everyone, say)
                _until(stop, children)
    finally:
        _end(children)
    say("Stopped. The data are kept: `make demo` goes on with them.")


def _end(children: Sequence[subprocess.Popen[bytes]], seconds: float = 5) -> None:
    """Ask them to end, and after that many seconds end them with all that they started."""
    for child in children:
        child.terminate()
    until = time.monotonic() + seconds
    for child in children:
        with suppress(subprocess.TimeoutExpired):  # a server told to stop while it starts may not
            child.wait(timeout=max(0, until - time.monotonic()))
        with suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGKILL)  # a session of its own: its workers go with it
        child.wait()


def _provider(environment: dict[str, str], told: object) -> subprocess.Popen[bytes]:
    child = subprocess.Popen(
        [sys.executable, "-m", "app.access.devidp"], env=environment, stdin=subprocess.PIPE, start_new_session=True
    )
    if child.stdin is None:
        raise NotReady("the sign-in provider could not be told who its users are")
    with child.stdin as pipe:
        pipe.write(json.dumps(told).encode())
    return child


def _site(environment: dict[str, str], port: int) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(port)]
    command += ["--workers", "2", "--blocking-threads", "4", "--respawn-failed-workers", "--no-ws"]
    command += ["--log-level", "warning", "wsgi:app"]
    return subprocess.Popen(command, env=environment, start_new_session=True)  # noqa: S603 (our own words)


def _worker(environment: dict[str, str]) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "flask", "--app", "wsgi", "worker", "--every", "2"]
    return subprocess.Popen(command, env=environment, start_new_session=True)  # noqa: S603 (our own words)


def _answers(url: str, children: Sequence[subprocess.Popen[bytes]], stop: Event, seconds: float = 30) -> bool:
    """Wait until somebody answers there; False when told to stop before."""
    until = time.monotonic() + seconds
    while time.monotonic() < until and not stop.is_set():
        if any(child.poll() is not None for child in children):
            raise NotReady("a part of the demo did not start: is its port in use? Try --port")
        try:
            with urlopen(url, timeout=2):  # noqa: S310 (our own address on this machine)
                return True
        except (URLError, OSError):
            stop.wait(0.1)
    if stop.is_set():
        return False
    raise NotReady(f"nothing answered at {url}")


def _until(stop: Event, children: Sequence[subprocess.Popen[bytes]]) -> None:
    while not stop.wait(0.5):
        if any(child.poll() is not None for child in children):
            raise NotReady("a part of the demo has ended")


def _welcome(site: str, everyone: Sequence[DemoUser], say: Say) -> None:
    say(f"\nTributary is at {site}  (Ctrl-C stops it)\n\nWho can sign in:")
    say(f"  {'username':<10} {'password':<24} who")
    for user in everyone:
        say(f"  {user.username:<10} {user.password:<24} {user.about}")
    say("\nPeople to look at:")
    for character in cast.CAST[:8]:
        say(f"  {character.nhs[:3]} {character.nhs[3:6]} {character.nhs[6:]}  {character.name:<26} {character.about}")
