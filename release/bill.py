"""The bill of materials: what the program is made of, in CycloneDX's JSON, from the lock file and from what its
packages say of each other. The same lock gives the same bill, on the same Python.

    python -m release.bill [FILE]
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import json
import sys
import uuid
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from packaging.markers import Marker
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from monitor import __version__
from monitor.versions import DISTRIBUTION
from release.lock import LOCK, Locked, read_lock

SPEC = "1.6"
PYTHONS = ("3.11", "3.12", "3.13", "3.14")
MACHINES = ("x86_64", "aarch64")
_BILLS = uuid.UUID("8d0b6a0e-5a55-4c0c-9a52-0d6f4f9a7c11")  # ours, so that a bill's number follows from what is in it

_TO_BUILD = {"setuptools"}

Requires = Mapping[str, Sequence[str]]
"""By package URL: the `Requires-Dist` lines, of each whose metadata are at hand."""


def bill_of(lock: str, requires: Requires, *, direct: Sequence[str], at: datetime | None = None) -> dict[str, Any]:
    """lock: text of the lock file. direct: what the program itself asks for. at: when the version was made; None = not
    told, so that a bill does not depend on the day."""
    packages = read_lock(lock)
    root = f"pkg:pypi/{DISTRIBUTION}@{__version__}"
    metadata: dict[str, Any] = {
        "lifecycles": [{"phase": "build"}],
        "component": {
            "type": "application",
            "bom-ref": root,
            "name": DISTRIBUTION,
            "version": __version__,
            "purl": root,
            "licenses": [{"license": {"id": "MPL-2.0"}}],
        },
    }
    if at is not None:
        metadata["timestamp"] = at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    edges = {root: _refs(packages, {canonicalize_name(Requirement(line).name) for line in direct})}
    edges |= _edges(packages, requires, direct)
    known, unknown = [root], list[str]()
    for package in packages:
        (known if package.purl in requires else unknown).append(package.purl)
    return {
        "$schema": f"http://cyclonedx.org/schema/bom-{SPEC}.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": SPEC,
        "serialNumber": f"urn:uuid:{uuid.uuid5(_BILLS, hashlib.sha256((root + lock).encode()).hexdigest())}",
        "version": 1,
        "metadata": metadata,
        "components": [_component(package) for package in packages],
        "dependencies": [{"ref": ref, "dependsOn": list(needs)} for ref, needs in sorted(edges.items())],
        # Of packages that are for other machines, what they need is not known here.
        "compositions": [
            {"aggregate": aggregate, "dependencies": sorted(refs)}
            for aggregate, refs in (("complete", known), ("unknown", unknown))
            if refs
        ],
    }


def _component(package: Locked) -> dict[str, Any]:
    """Its hashes are of the files that it may come in: one for each Python and machine, of which one is installed."""
    files = [{"alg": "SHA-256", "content": digest} for digest in package.hashes]
    component = {
        "type": "library",
        "bom-ref": package.purl,
        "name": package.name,
        "version": str(package.version),
        "scope": "excluded" if package.name in _TO_BUILD else "required",  # what is not there when it runs
        "purl": package.purl,
        "externalReferences": [{"type": "distribution", "url": package.purl, "hashes": files}],
    }
    if package.marker:
        component["properties"] = [{"name": f"{DISTRIBUTION}:marker", "value": package.marker}]
    return component


def _edges(packages: Sequence[Locked], requires: Requires, direct: Sequence[str]) -> dict[str, tuple[str, ...]]:
    extras = _extras(packages, requires, direct)
    edges = {}
    for package in packages:
        names = {canonicalize_name(one.name) for one in _needed(package, requires, extras)}
        edges[package.purl] = _refs(packages, names - {package.name})
    return edges


def _refs(packages: Sequence[Locked], names: set[Any]) -> tuple[str, ...]:
    return tuple(sorted(package.purl for package in packages if package.name in names))


def _extras(packages: Sequence[Locked], requires: Requires, direct: Sequence[str]) -> dict[str, set[str]]:
    """Those that somebody asks for, and those that these ask for."""
    extras: dict[str, set[str]] = {}
    before = None
    while before != extras:
        before = {name: set(asked) for name, asked in extras.items()}
        asking = [Requirement(line) for line in direct]
        asking += [one for package in packages for one in _needed(package, requires, extras)]
        for one in asking:
            extras.setdefault(canonicalize_name(one.name), set()).update(one.extras)
    return extras


def _needed(package: Locked, requires: Requires, extras: Mapping[str, set[str]]) -> Iterator[Requirement]:
    """Somewhere where the program runs."""
    for line in requires.get(package.purl, ()):
        requirement = Requirement(line)
        if requirement.marker is None or _holds(requirement.marker, {"", *extras.get(package.name, ())}):
            yield requirement


def _holds(marker: Marker, extras: set[str]) -> bool:
    for python in PYTHONS:
        for machine in MACHINES:
            here = {
                "python_version": python,
                "python_full_version": f"{python}.0",
                "implementation_name": "cpython",
                "implementation_version": f"{python}.0",
                "platform_python_implementation": "CPython",
                "os_name": "posix",
                "sys_platform": "linux",
                "platform_system": "Linux",
                "platform_machine": machine,
            }
            if any(marker.evaluate({**here, "extra": extra}) for extra in extras):
                return True
    return False


def requires_here(packages: Sequence[Locked]) -> dict[str, Sequence[str]]:
    """Of those that are installed here in the locked version."""
    found: dict[str, Sequence[str]] = {}
    for package in packages:
        try:
            distribution = importlib.metadata.distribution(package.name)
        except importlib.metadata.PackageNotFoundError:
            continue  # for another machine or Python
        if Version(distribution.version) == package.version:
            found[package.purl] = tuple(distribution.requires or ())
    return found


def direct_of(pyproject: Mapping[str, Any]) -> list[str]:
    return [str(line) for line in pyproject["dependency-groups"]["run"]]


def bill_of_this(at: datetime | None = None) -> str:
    import tomllib

    lock = LOCK.read_text("utf-8")
    direct = direct_of(tomllib.loads((LOCK.parent / "pyproject.toml").read_text("utf-8")))
    bill = bill_of(lock, requires_here(read_lock(lock)), direct=direct, at=at)
    return json.dumps(bill, indent=1, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    text = bill_of_this()
    if len(sys.argv) > 1:
        Path(sys.argv[1]).write_text(text, "utf-8")
    else:
        sys.stdout.write(text)
