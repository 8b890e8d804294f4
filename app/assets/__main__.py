"""`python -m app.assets`: puts htmx and the NHS styles in place. A second run does nothing and needs no network."""

import re
import shutil
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory

from app.assets.npm import installed

HERE = Path(__file__).parent
VENDOR = HERE.parent / "static" / "vendor"
STAMP = "stamp"

NOT_OURS = re.compile(r"favicon|opengraph|nhsuk-icon-(180|192|512|mask)\.")
"""Pictures that carry the NHS mark: not ours to show."""

_FONT_FACE = re.compile(r"@font-face\s*\{[^}]*\}")
_SOURCE_MAP = re.compile(r"/[/*]#\s*sourceMappingURL=\S+(\s*\*/)?")


def main() -> None:
    """Fetch what the lock file names, unless what lies in place was made from this very lock file."""
    wanted = stamp()
    written = VENDOR / STAMP
    if written.exists() and written.read_text() == wanted:
        return
    VENDOR.parent.mkdir(exist_ok=True)
    with TemporaryDirectory(dir=VENDOR.parent, prefix=".vendor-") as made:
        made_folder = Path(made)
        finished = made_folder / "finished"
        copy_used(installed(HERE, made_folder), finished)
        (finished / STAMP).write_text(wanted)
        _swap(finished, made_folder / "old")


def stamp() -> str:
    """Names what is fetched and how it is changed: the lock file and this folder's own code."""
    return sha256(b"".join((HERE / name).read_bytes() for name in ("package-lock.json", "__main__.py"))).hexdigest()


def copy_used(packages: Path, target: Path) -> None:
    """Copy only what pages use: one script, one style sheet and its module, and the small pictures."""
    nhsuk = packages / "nhsuk-frontend" / "dist" / "nhsuk"
    target.mkdir()
    (target / "htmx.js").write_text(_script(packages / "htmx.org" / "dist" / "htmx.min.js"))
    (target / "nhsuk.js").write_text(_script(nhsuk / "nhsuk-frontend.min.js"))
    (target / "nhsuk.css").write_text(own_hosts_only((nhsuk / "nhsuk-frontend.min.css").read_text()))
    pictures = target / "assets" / "images"
    pictures.mkdir(parents=True)
    for picture in sorted((nhsuk / "assets" / "images").iterdir()):
        if not NOT_OURS.search(picture.name):
            shutil.copy(picture, pictures / picture.name)


def own_hosts_only(css: str) -> str:
    """The style sheet without fonts from another host and without source maps; pictures beside it."""
    return _SOURCE_MAP.sub("", _FONT_FACE.sub("", css)).replace("url(/assets/", "url(assets/")


def _script(path: Path) -> str:
    return _SOURCE_MAP.sub("", path.read_text())


def _swap(finished: Path, old: Path) -> None:
    if VENDOR.exists():
        VENDOR.rename(old)
    finished.rename(VENDOR)


if __name__ == "__main__":
    main()
