"""The locked packages against a list of advisories (OSV's format), without asking anybody: the list lies beside this
and says of which day it is.

    python -m release.advisories              what of the lock files is named in the list
    python -m release.advisories --fresh      likewise; a list that is older than 30 days is a fault
    python -m release.advisories --take FILE  makes the list anew: of an export in OSV's format (a zip, a folder, or
                                              one file), or of a report of pip-audit in JSON

It ends with 0: nothing of ours is named; 1: something is, or the list is older than --fresh allows; 2: nothing was
compared, since a file is not what it should be.
"""

from __future__ import annotations

import argparse
import json
import sys
import tomllib
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

from release.lock import DEV_LOCK, LOCK, Locked, read_lock

HERE = Path(__file__).resolve().parent
LIST = HERE / "advisories.json"
ACCEPTED = HERE / "accepted.toml"
FRESH_FOR = 30  # days
ECOSYSTEM = "PyPI"
KEPT = ("id", "modified", "published", "withdrawn", "aliases", "related", "summary", "affected")

_OF_REPORT = "pip-audit's report of "  # which names only what hurts: none is good news

Record = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Advisories:
    """as_of: the day that the source stood at. source: where it is from, in words."""

    as_of: date
    source: str
    records: tuple[Record, ...]

    def age(self, today: date) -> int:
        """Days."""
        return (today - self.as_of).days


@dataclass(frozen=True, slots=True)
class Finding:
    """fixed: versions from which on it is mended, '' where none is named."""

    package: Locked
    id: str
    aliases: tuple[str, ...]
    fixed: str

    def __str__(self) -> str:
        others = f" ({', '.join(self.aliases)})" if self.aliases else ""
        mended = f"mended in {self.fixed}" if self.fixed else "no version is named that mends it"
        return f"{self.package.name} {self.package.version}: {self.id}{others}, {mended}"


def read_list(text: str) -> Advisories:
    """Raises ValueError."""
    told = json.loads(text)
    if not isinstance(told, dict) or not {"as_of", "source", "vulns"} <= told.keys():
        raise ValueError("it is no list of advisories: it names no day, no source, or none of them")
    known = Advisories(date.fromisoformat(str(told["as_of"])), str(told["source"]), tuple(told["vulns"]))
    if not known.records and not known.source.startswith(_OF_REPORT):
        raise ValueError("it names no advisory at all")
    return known


def findings(packages: Iterable[Locked], advisories: Advisories) -> list[Finding]:
    by_name: dict[str, list[Record]] = {}
    for record in advisories.records:
        for affected in record.get("affected", ()):
            by_name.setdefault(_name_of(affected), []).append(record)
    found = {}
    for package in packages:
        for record in by_name.get(package.name, ()):
            if record.get("withdrawn"):
                continue
            ours = [affected for affected in record["affected"] if _name_of(affected) == package.name]
            if any(is_affected(package.version, affected) for affected in ours):
                key = package.name, package.version, str(record["id"])
                aliases = tuple(str(alias) for alias in (*record.get("aliases", ()), *record.get("related", ())))
                found[key] = Finding(package, str(record["id"]), aliases, ", ".join(_fixes(ours)))
    return [found[key] for key in sorted(found)]


def is_affected(version: Version, affected: Record) -> bool:
    """As OSV's schema says: by its list of versions, or by a range. Ranges of commits say nothing of a version."""
    if any(_version(text) == version for text in affected.get("versions", ())):
        return True
    ranges = [one for one in affected.get("ranges", ()) if one.get("type") in ("ECOSYSTEM", "SEMVER")]
    return any(_is_within(version, one.get("events", ())) for one in ranges)


def _is_within(version: Version, events: Sequence[Record]) -> bool:
    """Events come in any order; of two at one version the later word of the schema holds."""
    steps = []
    for event in events:
        for kind, text in event.items():
            at = Version("0.dev0") if kind == "introduced" and text == "0" else _version(str(text))
            if at is not None and kind in ("introduced", "fixed", "last_affected"):
                steps.append((at, kind))
    steps.sort(key=lambda step: (step[0], step[1] != "introduced"))
    inside = False
    for at, kind in steps:
        if kind == "introduced" and version >= at:
            inside = True
        elif (kind == "fixed" and version >= at) or (kind == "last_affected" and version > at):
            inside = False
    return inside


def _fixes(affected: Sequence[Record]) -> list[str]:
    ranges = [one for each in affected for one in each.get("ranges", ()) if one.get("type") != "GIT"]
    texts = {str(event["fixed"]) for one in ranges for event in one.get("events", ()) if "fixed" in event}
    return sorted(texts, key=lambda text: _version(text) or Version("0"))


def _version(text: str) -> Version | None:
    try:
        return Version(text)
    except InvalidVersion:
        return None


def _name_of(affected: Record) -> str:
    package = affected.get("package", {})
    ours = str(package.get("ecosystem", "")).partition(":")[0] == ECOSYSTEM
    return canonicalize_name(str(package.get("name", ""))) if ours else ""


# -- what is known, and not our fault


def accepted(text: str, today: date) -> dict[str, str]:
    """Id -> why the program is not hurt by it, as long as that holds. Raises ValueError where a reason or a day is
    missing."""
    kept = {}
    for entry in tomllib.loads(text).get("accepted", ()):
        name, reason, until = entry.get("id"), str(entry.get("reason", "")).strip(), entry.get("until")
        if not name or not reason or not isinstance(until, date):
            raise ValueError(f"{name or 'an entry'} wants id, reason and until (a day)")
        if today <= until:
            kept[str(name)] = reason
    return kept


# -- a list anew


def taken_from(path: Path, names: set[str], today: date) -> Advisories:
    """What of an export concerns these packages. It is as old as its newest record, and a report as its file. Raises
    ValueError where it has none."""
    if (report := _report(path)) is not None:
        day = datetime.fromtimestamp(path.stat().st_mtime, UTC).date()
        return Advisories(day, f"{_OF_REPORT}{len(report)} packages", tuple(_of_report(report)))
    newest, kept, count = "", [], 0
    for record in _records(path):
        count += 1
        newest = max(newest, str(record.get("modified", ""))[:10])
        if any(_name_of(affected) in names for affected in record.get("affected", ())):
            kept.append(_slimmed(record, names))
    if not newest:
        raise ValueError(f"{path} holds no advisory in OSV's format")
    as_of = min(date.fromisoformat(newest), today)
    return Advisories(
        as_of, f"an export in OSV's format, {count} advisories", tuple(sorted(kept, key=lambda r: r["id"]))
    )


def _records(path: Path) -> Iterator[Record]:
    if path.is_dir():
        for file in sorted(path.rglob("*.json")):
            yield from _of_text(file.read_text("utf-8"))
    elif zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            for name in sorted(archive.namelist()):
                if name.endswith(".json"):
                    yield from _of_text(archive.read(name).decode("utf-8"))
    else:
        yield from _of_text(path.read_text("utf-8"))


def _of_text(text: str) -> Iterator[Record]:
    told = json.loads(text)
    many = told if isinstance(told, list) else told.get("vulns", [told])
    yield from (one for one in many if isinstance(one, dict) and "id" in one)


def _slimmed(record: Record, names: set[str]) -> dict[str, Any]:
    """What is compared and told: no text, and of other packages nothing."""
    slim = {key: record[key] for key in KEPT if record.get(key)}
    slim["affected"] = [
        {
            "package": {"ecosystem": ECOSYSTEM, "name": _name_of(affected)},
            "ranges": [one for one in affected.get("ranges", ()) if one.get("type") != "GIT"],
            **({} if _has_range(affected) else {"versions": list(affected.get("versions", ()))}),
        }
        for affected in record["affected"]
        if _name_of(affected) in names
    ]
    return slim


def _has_range(affected: Record) -> bool:
    """Then its versions need not be listed too."""
    return any(one.get("type") != "GIT" for one in affected.get("ranges", ()))


def _report(path: Path) -> list[Record] | None:
    if path.is_dir() or zipfile.is_zipfile(path):
        return None
    told = json.loads(path.read_text("utf-8"))
    found = told.get("dependencies") if isinstance(told, dict) else None
    return found if isinstance(found, list) else None


def _of_report(report: list[Record]) -> Iterator[dict[str, Any]]:
    """pip-audit says it of the very version that it looked at."""
    for one in report:
        package = {"ecosystem": ECOSYSTEM, "name": canonicalize_name(str(one["name"]))}
        for vuln in one.get("vulns", ()):
            fixes = [{"type": "REPORT", "events": [{"fixed": text}]} for text in vuln.get("fix_versions", ())]
            affected = {"package": package, "ranges": fixes, "versions": [str(one["version"])]}
            yield {"id": vuln["id"], "aliases": list(vuln.get("aliases", ())), "affected": [affected]}


def _written(advisories: Advisories) -> str:
    told = {"as_of": advisories.as_of.isoformat(), "source": advisories.source, "vulns": list(advisories.records)}
    return json.dumps(told, indent=1, ensure_ascii=False) + "\n"


# -- the command


class Unusable(Exception):
    """A file that is not what it should be, and why."""


@contextmanager
def _reading(path: Path) -> Iterator[None]:
    """Raises Unusable."""
    try:
        yield
    except (OSError, ValueError, TypeError, AttributeError, LookupError, RecursionError, zipfile.BadZipFile) as error:
        why = str(error) if isinstance(error, ValueError | OSError) else f"its form is another ({type(error).__name__})"
        raise Unusable(f"{path}: {why}") from error


def main(words: Sequence[str] | None = None, *, today: date | None = None) -> int:
    parser = argparse.ArgumentParser(prog="release.advisories", description=__doc__.split("\n\n")[0])
    parser.add_argument("--fresh", action="store_true", help="a list older than 30 days is a fault")
    parser.add_argument("--take", type=Path, metavar="FILE", help="make the list anew of this")
    parser.add_argument("--list", type=Path, default=LIST, help=argparse.SUPPRESS)
    parser.add_argument("--accepted", type=Path, default=ACCEPTED, help=argparse.SUPPRESS)
    parser.add_argument("--lock", type=Path, action="append", help=argparse.SUPPRESS)
    said = parser.parse_args(words)
    try:
        return _compared(said, today or datetime.now(UTC).date())
    except Unusable as error:
        print(f"error: nothing was compared. {error}", file=sys.stderr)
        return 2


def _compared(said: argparse.Namespace, now: date) -> int:
    """Raises Unusable."""
    packages = [one for lock in said.lock or (LOCK, DEV_LOCK) for one in _locked(lock)]
    if said.take is not None:
        with _reading(said.take):
            made = taken_from(said.take, {one.name for one in packages}, now)
            findings(packages, made)  # what cannot be compared takes no other's place
        with _reading(said.list):
            said.list.write_text(_written(made), "utf-8")
    with _reading(said.accepted):
        fine = accepted(said.accepted.read_text("utf-8"), now)
    with _reading(said.list):
        known = read_list(said.list.read_text("utf-8"))
        found = findings(packages, known)
    open_ones = [one for one in found if one.id not in fine]
    for one in open_ones:
        print(f"affected: {one}")
    for one in found:
        if one.id in fine:
            print(f"accepted: {one.package.name} {one.id}: {fine[one.id]}")
    age, count = known.age(now), len({one.name for one in packages})
    print(f"{count} locked packages against {len(known.records)} advisories about them, as of {known.as_of}")
    print(f"the list is {age} days old: {known.source}")
    is_old = not 0 <= age <= FRESH_FOR
    if is_old:
        why = f"is older than {FRESH_FOR} days" if age > 0 else "is of a day to come"
        print(
            f"WARNING: the list {why}, so what was published since is in none of this. docs/releasing.md says how to "
            "take a newer one.",
            file=sys.stderr,
        )
    return int(bool(open_ones) or (said.fresh and is_old))


def _locked(path: Path) -> tuple[Locked, ...]:
    """Raises Unusable."""
    with _reading(path):
        found = read_lock(path.read_text("utf-8"))
        if not found:
            raise ValueError("it locks no package")
    return found


if __name__ == "__main__":
    raise SystemExit(main())
