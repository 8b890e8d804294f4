"""Puts feeds on disk as they are made: files stay open, memory does not grow with the number of people."""

from collections import Counter
from contextlib import ExitStack
from pathlib import Path
from typing import Any, BinaryIO

import orjson

from app.synth.changes import TIMESTAMP
from app.synth.chart import Chart
from app.synth.providers import Provider

Json = dict[str, Any]
_BUFFER = 1 << 16


class Feeds:
    """Every provider's first delivery and its changes of the second day. Use it as a context."""

    def __init__(self, out: Path) -> None:
        self._out = out
        for day in ("day1", "day2"):
            (out / day).mkdir(parents=True, exist_ok=True)
        self._files: dict[tuple[str, str], BinaryIO] = {}
        self._changes: dict[str, BinaryIO] = {}
        self._stack = ExitStack()
        self.day1: dict[str, Counter[str]] = {}
        self.day2: dict[str, Counter[str]] = {}

    def __enter__(self) -> "Feeds":
        return self

    def __exit__(self, *_: object) -> None:
        for changes in self._changes.values():
            changes.write(b"]}\n")
        self._stack.close()

    def resource(self, provider: Provider, resource: Json) -> None:
        """One resource that is about no patient."""
        self._line(provider, resource["resourceType"], resource)
        self._count(self.day1, provider, resource["resourceType"])

    def chart(self, chart: Chart) -> None:
        """One provider's record of one person."""
        counts = self.day1.setdefault(chart.provider.key, Counter())
        counts.update(resource["resourceType"] for resource in chart.resources)
        if chart.provider.bundles:
            self._line(chart.provider, "bundles", _bundle(chart))
        else:
            for resource in chart.resources:
                self._line(chart.provider, resource["resourceType"], resource)
        for entry in chart.later:
            self._change(chart.provider, entry)

    @property
    def total(self) -> int:
        """Resources in the first delivery."""
        return sum(sum(counts.values()) for counts in self.day1.values())

    def _line(self, provider: Provider, name: str, body: Json) -> None:
        file = self._files.get((provider.key, name))
        if file is None:
            file = self._open(self._out / "day1" / provider.key / f"{name}.ndjson")
            self._files[provider.key, name] = file
        file.write(orjson.dumps(body, option=orjson.OPT_APPEND_NEWLINE))

    def _change(self, provider: Provider, entry: Json) -> None:
        file = self._changes.get(provider.key)
        if file is None:
            file = self._open(self._out / "day2" / provider.key / "changes.json")
            file.write(f'{{"resourceType":"Bundle","type":"transaction","timestamp":"{TIMESTAMP}","entry":[\n'.encode())
            self._changes[provider.key] = file
        else:
            file.write(b",\n")
        file.write(orjson.dumps(entry))
        self._count(self.day2, provider, entry["request"]["url"].partition("/")[0])

    def _open(self, path: Path) -> BinaryIO:
        path.parent.mkdir(parents=True, exist_ok=True)
        return self._stack.enter_context(path.open("wb", buffering=_BUFFER))

    @staticmethod
    def _count(where: dict[str, Counter[str]], provider: Provider, kind: str) -> None:
        where.setdefault(provider.key, Counter())[kind] += 1


def _bundle(chart: Chart) -> Json:
    entries = [
        {
            "fullUrl": url,
            "resource": resource,
            "request": {"method": "PUT", "url": f"{resource['resourceType']}/{resource['id']}"},
        }
        for url, resource in zip(chart.urls, chart.resources, strict=True)
    ]
    return {"resourceType": "Bundle", "type": "transaction", "entry": entries}
