"""Looking for what people are known by in every byte that a service leaves on its disks: C71 of the list of attacks.

It does not look into what is compressed: that bodies are sealed, and open with their key alone, is test_keyring's.
"""

import json
import os
import signal
import subprocess
import time
from base64 import b64encode
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

FLASK = ("-m", "flask", "--app", "wsgi")
AT_ONCE = 32 << 20
SHORTEST = 6
"""Letters of a name that is looked for by itself: fewer stand by chance in a hundred million random bytes."""


def forms(text: str) -> Iterator[bytes]:
    """A text as it may lie somewhere: in UTF-8, and within base64 at each of its three places. (UTF-16: see `hits`.)"""
    raw = text.encode()
    yield raw
    for before in range(3):
        whole = b64encode(bytes(before) + raw)
        yield whole[(0, 2, 3)[before] : len(whole) - (0, 3, 2)[(before + len(raw)) % 3]]


def hits(paths: Iterable[Path], needles: Iterable[str], folder: Path) -> Counter[str]:
    """How often each needle is found in these files, in any form. `folder` is for the list of what is looked for.

    Zero bytes are left out in a second reading: there UTF-16, in either order, is what UTF-8 is.
    """
    known = {form: text for text in needles for form in forms(text)}
    patterns = folder / "needles"
    patterns.write_bytes(b"\n".join(known))
    found: Counter[str] = Counter()
    for data in _together(paths):
        for content in {data, data.replace(b"\0", b"")}:
            command = ["grep", "-aoFf", str(patterns)]
            told = subprocess.run(command, input=content, capture_output=True, env={"LC_ALL": "C", "PATH": os.defpath})
            assert told.returncode in {0, 1}, told.stderr
            found.update(known[line] for line in told.stdout.splitlines())
    patterns.unlink()
    return found


def _together(paths: Iterable[Path]) -> Iterator[bytes]:
    """The bytes of many files at once: a database has thousands, and the list of needles takes longer than most."""
    kept: list[bytes] = []
    for path in paths:
        kept.append(path.read_bytes())
        if sum(map(len, kept)) > AT_ONCE:
            yield b"\n".join(kept)
            kept = []
    yield b"\n".join(kept)


def files_of(*folders: Path) -> list[Path]:
    """Every file in these folders."""
    return [path for folder in folders for path in sorted(folder.rglob("*")) if path.is_file()]


def needles_of(feeds: Path, open_words: str = "") -> set[str]:
    """What people are known by in the Patients of a region: numbers, names, lines of addresses, telephones.

    A name that also stands in `open_words` (the names of organisations) says nothing of a person.
    """
    found: set[str] = set()
    for path in files_of(feeds):
        for line in path.read_text().splitlines():
            if '"Patient"' in line:
                found.update(word for one in _patients(json.loads(line)) for word in _known_by(one))
    return {word for word in found if len(word) >= SHORTEST and word.casefold() not in open_words.casefold()}


def _patients(part: Any) -> Iterator[Mapping[str, Any]]:
    if part.get("resourceType") == "Patient":
        yield part
    for entry in part.get("entry", ()):
        yield from _patients(entry.get("resource", {}))


def _known_by(patient: Mapping[str, Any]) -> Iterator[str]:
    yield from (
        str(one["value"]) for name in ("identifier", "telecom") for one in patient.get(name, ()) if "value" in one
    )
    for name in patient.get("name", ()):
        yield from (*name.get("given", ()), name.get("family", ""), name.get("text", ""))
    for address in patient.get("address", ()):
        yield from address.get("line", ())


def killed(python: str, home: Path, env: Mapping[str, str], log: Path, after: float, *words: str) -> None:
    """Run a command of the service and kill it after so many seconds, as a power cut would. What it says is logged."""
    with log.open("ab") as told:
        running = subprocess.Popen([python, *FLASK, *words], cwd=home, env=env, stdout=told, stderr=told)
        time.sleep(after)
        running.send_signal(signal.SIGKILL)
        running.wait()


def done(python: str, home: Path, env: Mapping[str, str], log: Path, *words: str) -> int:
    """Run a command of the service to its end. What it says is logged; its exit."""
    with log.open("ab") as told:
        return subprocess.run([python, *FLASK, *words], cwd=home, env=env, stdout=told, stderr=told).returncode
