"""How soon the site answers after its process starts, and how much memory it holds while nobody asks anything."""

import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.benchmarks.stage import HOME, Figure, Stage, median
from tests.signing_in import free_port

WORKERS = 2


def figures(stage: Stage) -> Iterator[Figure]:
    """The server as the demo runs it."""
    for kind in stage.databases:
        with stage.database(kind) as url:
            runs = [_run(stage, url) for _ in range(stage.runs)]
        params = {"db": kind, "workers": WORKERS}
        yield Figure("start.seconds", median([seconds for seconds, _ in runs]), "s", params)
        yield Figure("memory.idle_mb", median([memory for _, memory in runs]), "MB", params)


def _run(stage: Stage, url: str) -> tuple[float, float]:
    started = time.perf_counter()
    with serving(stage, url) as (port, number):
        while not answers(port):
            if time.perf_counter() > started + 60:
                raise RuntimeError("the server does not answer")
            time.sleep(0.01)
        seconds = time.perf_counter() - started
        time.sleep(2)  # until the other worker is there too
        return seconds, _memory(number)


@contextmanager
def serving(stage: Stage, url: str) -> Iterator[tuple[int, int]]:
    """The port and the process number of a server that is starting."""
    port = free_port()
    command = [sys.executable, "-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(port)]
    command += ["--workers", str(WORKERS), "--blocking-threads", "4", "--no-ws", "--log-level", "warning", "wsgi:app"]
    server = subprocess.Popen(command, cwd=HOME, env=stage.environment(url), start_new_session=True)
    try:
        yield port, server.pid
    finally:
        os.killpg(server.pid, signal.SIGKILL)  # one asked to end while it still starts may not
        server.wait()


def answers(port: int) -> bool:
    """Whether a server can work."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=5) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, ConnectionError):
        return False


def _memory(number: int) -> float:
    """Megabytes of a process and its children; what they share is counted once (proportional set size)."""
    children = Path(f"/proc/{number}/task/{number}/children").read_text().split()
    own = Path(f"/proc/{number}/smaps_rollup").read_text().splitlines()
    shares = [int(line.split()[1]) for line in own if line.startswith("Pss:")]
    return sum(shares) / 1024 + sum(_memory(int(child)) for child in children)
