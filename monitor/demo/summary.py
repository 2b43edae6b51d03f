"""What the demo found, told against what was planted. Plain values in, plain text out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from monitor.demo.edits import Edit
from monitor.demo.packet import StockCheck
from monitor.demo.plan import PLAN, Picture, Planted, Spot
from monitor.model.match import Tier
from monitor.model.run import Run
from monitor.model.sighting import Sighting


@dataclass(frozen=True, slots=True)
class Means:
    """What this machine and configuration can do."""

    features: bool
    browser: bool


@dataclass(frozen=True, slots=True)
class Missed:
    planted: Planted
    reason: str
    in_reach: bool  # True: it should have been found, so something is wrong


@dataclass(frozen=True, slots=True)
class Comparison:
    """found and missed together are the plan, in its order. wrong: image URLs that were taken for the
    person's and are not, or for another photo than they are; must be empty."""

    found: tuple[Planted, ...]
    missed: tuple[Missed, ...]
    wrong: tuple[str, ...]

    @property
    def as_promised(self) -> bool:
        return not self.wrong and not any(missed.in_reach for missed in self.missed)


def compare(
    sightings: Iterable[Sighting], shown: Mapping[str, Picture], means: Means, plan: Sequence[Planted] = PLAN
) -> Comparison:
    """shown: image URL -> the picture that stands there, as the site says."""
    sure: set[Planted] = set()
    possible: set[Planted] = set()
    wrong: list[str] = []
    for sighting in sightings:
        picture = shown.get(sighting.place.image_url)
        planted = picture.planted if picture else None
        if planted is None or planted.photo != sighting.match.label:
            wrong.append(sighting.place.image_url)
        elif sighting.match.tier is Tier.MATCH:
            sure.add(planted)
        else:
            possible.add(planted)
    found = tuple(planted for planted in plan if planted in sure)
    missed = tuple(_missed(planted, means, possible) for planted in plan if planted not in sure)
    return Comparison(found, missed, tuple(sorted(set(wrong))))


def _missed(planted: Planted, means: Means, possible: set[Planted]) -> Missed:
    in_reach = planted.in_reach(features=means.features, browser=means.browser)
    if planted in possible:
        reason = "only possible: it waits in the weekly review"
    elif in_reach:
        reason = "should have been found: this is a fault"
    elif planted.needs_browser and not means.browser:
        reason = "its page is made by scripts, and no browser was found to run them"
    else:
        reason = f"{_BEYOND[planted.edit]}: out of reach of hashes, needs local features"
    return Missed(planted, reason, in_reach)


_BEYOND = {
    Edit.CROPPED: "a part of the picture only",
    Edit.CAPTIONED: "bands with words change the whole",
    Edit.SCREENSHOT: "the picture is a small part of what is seen",
}


@dataclass(frozen=True, slots=True)
class MadePacket:
    """files: how many are in it. faults: what did not hold when it was written. checks: by stock tools."""

    path: Path
    files: int
    faults: tuple[str, ...]
    checks: tuple[StockCheck, ...]

    @property
    def holds(self) -> bool:
        return not self.faults and not any(check.fault for check in self.checks)


@dataclass(frozen=True, slots=True)
class DemoSummary:
    """first, second: the runs of each pass. refetched: pictures that were fetched again in the second although they had
    not changed, by a browser too. alerts, drafts: files. config: what every other command is tried with."""

    folder: Path
    config: Path
    enrolled: int
    shown: int  # pictures on the site
    first: tuple[Run, ...]
    second: tuple[Run, ...]
    comparison: Comparison
    refetched: int
    alerts: tuple[Path, ...]
    alerts_second: int
    drafts: tuple[Path, ...]
    packet: MadePacket
    seconds: float

    @property
    def as_promised(self) -> bool:
        quiet = not self.refetched and not self.alerts_second
        quiet = quiet and self.packet.holds
        return self.comparison.as_promised and quiet and not any(run.new_sightings for run in self.second)


def summary_text(summary: DemoSummary) -> str:
    """For a terminal: at most 110 columns, no colours."""
    comparison = summary.comparison
    lines = [
        "What was watched",
        *(_run_line(run) for run in summary.first),
        "",
        f"Planted: {len(PLAN)} copies of {summary.enrolled} enrolled photos, among {summary.shown} pictures.",
        "",
        f"Found: {len(comparison.found)}",
        *(_planted_line(planted) for planted in comparison.found),
        "",
        f"Planted and not found: {len(comparison.missed)}",
        *_missed_lines(comparison.missed),
        "",
        f"Taken for the person's and not theirs: {len(comparison.wrong) or 'none'}",
        *(f"  {url}" for url in comparison.wrong),
        "",
        "The same watches once more",
        f"  {sum(run.new_sightings for run in summary.second)} new sightings, {summary.alerts_second} alerts,"
        f" {summary.refetched} unchanged pictures fetched again",
        "",
        "Where everything lies",
        f"  {summary.folder}",
        "    config.toml   what led the program here; watchlists/ beside it",
        "    data/         the encrypted store, and the vault with sealed evidence",
        "    identity.txt  the key that opens the vault (a demo key, without passphrase)",
        f"    drafts/       {len(summary.drafts)} prefilled notices, and 00-what-first.txt: the program drafts, the "
        "person sends",
        f"    alerts/       {len(summary.alerts)} alerts, as the mail server and the JSON endpoint got them",
        f"    packet.zip    what a lawyer or the police get of two finds: {summary.packet.files} files; "
        "packet/ unpacked",
        *(f"                  {line}" for line in _packet_lines(summary.packet)),
        "",
        f"  Done in {summary.seconds:.0f} s. Every other command can be tried on it, for instance:",
        f"    reupload-monitor --config {summary.config} sightings list",
        f"    reupload-monitor --config {summary.config} guide",
    ]
    return "\n".join(lines) + "\n"


def _packet_lines(packet: MadePacket) -> Iterator[str]:
    good = [check.tool for check in packet.checks if not check.fault]
    if good:
        yield f"checked by {', '.join(good)}: nothing is wrong with it"
    elif not packet.checks:
        yield "not checked: unzip is not on this machine"
    yield from (f"{check.tool}: {check.fault}" for check in packet.checks if check.fault)
    yield from packet.faults


def _run_line(run: Run) -> str:
    what = {
        Spot.FORUM.value: "forum thread with next pages",
        Spot.GALLERY.value: "gallery with thumbnails",
        Spot.SCRIPTED.value: "page made by scripts",
        Spot.FEED.value: "feed and its posts",
        Spot.SEARCH.value: "search engine and its results",
    }[run.watch]
    troubles = f", {len(run.errors)} troubles" if run.errors else ""
    return (
        f"  {run.watch:<18} {what:<30} {run.status.value:<8} {run.pages:>3} pages {run.images:>4} pictures "
        f"{run.new_sightings:>3} found{troubles}"
    )


def _missed_lines(missed: Sequence[Missed]) -> Iterator[str]:
    for reason in dict.fromkeys(item.reason for item in missed):
        yield f"  {reason}:"
        yield from (f"  {_planted_line(item.planted)}" for item in missed if item.reason == reason)


def _planted_line(planted: Planted) -> str:
    return f"  {planted.photo:<21} {planted.edit.value:<23} {planted.place.value}"
