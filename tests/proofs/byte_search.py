"""Everything that a load of thousands of people leaves on the disks, searched for what they are known by."""

import sys
from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import create_engine, text

from app.export.vault import migrate_vault
from tests.benchmarks.stage import HOME, Figure, Stage
from tests.byte_search import done, files_of, hits, killed, needles_of

PEOPLE = 5_000
KILLED_AFTER = (3.0, 8.0)


def figures(stage: Stage, *, people: int = PEOPLE) -> Iterator[Figure]:
    """How many bytes were searched, for how many words, and how many were found: none."""
    region = stage.region(people)
    names = (region / "providers.csv").read_text()
    needles = needles_of(region / "day1", names)
    for kind in stage.databases:
        with stage.database(kind) as url:
            if kind == "postgresql":  # its own catalogue knows an island called Diego Garcia
                needles -= hits(_cluster(url), needles, stage.folder).keys()
            places = list(_left_behind(stage, url, region, kind))
            params = {"db": kind, "people": people, "words": len(needles)}
            size = sum(path.stat().st_size for path in places)
            yield Figure("bytes.searched_mb", size / 1e6, "MB", params)
            yield Figure("bytes.found", float(hits(places, needles, stage.folder).total()), "hits", params)


def _left_behind(stage: Stage, url: str, region: Path, kind: str) -> Iterator[Path]:
    """Load, kill in the middle, load again, back up; every file that is left."""
    home = stage.folder / f"search-{kind}"
    (home / "spool").mkdir(parents=True)
    log = home / "log"
    env = stage.environment(url) | {"TMPDIR": str(home / "spool"), "DEMO_HOME": str(home)}
    migrate_vault(stage.settings(url))
    done(sys.executable, HOME, env, log, "migrate")
    done(sys.executable, HOME, env, log, "providers", "load", str(region / "providers.csv"))
    feeds = sorted((region / "day1").iterdir(), key=lambda path: -sum(p.stat().st_size for p in files_of(path)))
    for feed, after in zip(feeds, KILLED_AFTER, strict=False):
        killed(sys.executable, HOME, env, log, after, "ingest", "--source", _source(feed), str(feed))
    for feed in feeds:
        if done(sys.executable, HOME, env, log, "ingest", "--source", _source(feed), str(feed)) not in {0, 3}:
            raise RuntimeError(log.read_text()[-2_000:])
    yield from files_of(home)
    if kind == "sqlite":
        if done(sys.executable, HOME, env, log, "backup", str(home / "copy")):
            raise RuntimeError(log.read_text()[-2_000:])
        file = Path(url.removeprefix("sqlite:///"))
        yield from (*file.parent.glob(f"{file.name}*"), *files_of(home / "copy"))
    else:
        yield from _cluster(url)


def _cluster(url: str) -> list[Path]:
    """Every file of the server, its log of changes too, when all of it is on the disk."""
    with create_engine(url, isolation_level="AUTOCOMMIT").connect() as connection:
        connection.execute(text("CHECKPOINT"))
        return files_of(Path(str(connection.scalar(text("SHOW data_directory")))))


def _source(feed: Path) -> str:
    return feed.name.partition("-")[2]
