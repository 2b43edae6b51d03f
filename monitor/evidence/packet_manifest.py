"""manifest.json of a packet: every file, and every text whole, also where the report cuts it."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from typing import Any

from monitor.documents.times import rfc3339
from monitor.evidence.packet import CapturePart, DonePart, FindPart, OwnPart, PacketFacts, PacketFile
from monitor.model.ids import ContentDigest
from monitor.model.own_evidence import SaidTime
from monitor.model.report import ReportEvent, ReportState

FORM = "packet of reupload-monitor, form 1"


def manifest_document(facts: PacketFacts) -> dict[str, Any]:
    """Everything whole, also what the report cuts."""
    return {
        "format": FORM,
        "made_at": rfc3339(facts.made_at),
        "made_by": facts.program,
        "reference": facts.reference or None,
        "with_images": facts.with_images,
        "finds": [_find(part) for part in facts.finds],
        "captures": [_capture(part) for part in facts.captures],
        "own": [_own(part) for part in facts.own],
        "steps_done": [_done(part) for part in facts.done],
        "files": [_file(file) for file in facts.evidence_files if not file.left_out],
        "left_out": [{**_file(file), "why": file.left_out} for file in facts.left_out],
        "custody_log": {
            "head": facts.log.head or None,
            "entries": facts.log.entries,
            "files": [file.name for file in facts.log.files],
            "waiting": facts.log.waiting or None,
            "faults": list(facts.log.faults),
            "stamps": [
                {
                    "authority": stamp.authority,
                    "told_at": rfc3339(stamp.told_at),
                    "entries": stamp.entries,
                    "files": [file.name for file in stamp.files],
                }
                for stamp in facts.log.stamps
            ],
        },
    }


def manifest_text(facts: PacketFacts) -> str:
    """ASCII: no letter of it can hide or turn the page in whatever shows it."""
    return json.dumps(manifest_document(facts), indent=1, ensure_ascii=True) + "\n"


def exported_document(
    path: str, digest: ContentDigest, facts: PacketFacts, *, broken: Collection[PacketFile]
) -> dict[str, Any]:
    """Of a packet that was written: what `--json` tells."""
    return {
        "file": path,
        "sha256": digest,
        "made_at": rfc3339(facts.made_at),
        "reference": facts.reference or None,
        "with_images": facts.with_images,
        "sightings": [part.sighting.id for part in facts.finds],
        "captures": [part.id for part in facts.captures],
        "own": [part.entry.id for part in facts.own],
        "left_out": [
            {"evidence": file.item, "sha256": file.digest, "why": file.left_out, "broken": file in broken}
            for file in facts.left_out
        ],
        "no_pdf": facts.no_pdf or None,
        "waiting_for_time_stamp": facts.log.waiting or None,
        "log_faults": list(facts.log.faults),
    }


def _find(part: FindPart) -> Mapping[str, Any]:
    sighting = part.sighting
    place, match = sighting.seen_at, sighting.match
    return {
        "number": part.number,
        "id": sighting.id,
        "page_url": place.page_url,
        "image_url": place.image_url,
        "permalink": place.permalink,
        "account": place.account,
        "title": place.title,
        "posted_at_as_the_site_says": place.posted_at,
        "search_result": place.result_url,
        "status": sighting.status.value,
        "first_seen": rfc3339(sighting.first_seen),
        "last_seen": rfc3339(sighting.last_seen),
        "removed_at": rfc3339(sighting.removed_at),
        "picture_sha256": sighting.image_digest or None,
        "photo": part.photo,
        "match": {
            "tier": match.tier.value,
            "method": match.method.value if match.method else None,
            "score": round(match.score, 4) if sighting.is_compared else None,
            "compared": sighting.is_compared,
            "distance": match.distance,
            "variant": match.variant,
            "reason": match.reason,
        },
        "addresses": [
            {
                "page_url": address.page_url,
                "image_url": address.image_url,
                "first_seen": rfc3339(address.first_seen),
                "last_seen": rfc3339(address.last_seen),
            }
            for address in ([] if sighting.is_hearsay else sighting.addresses)
        ],
        "captures": list(part.captures),
        "reports": [
            {
                "channel": report.channel,
                "state": report.state.value,
                "sent_at": rfc3339(report.sent_at),
                "due_at": rfc3339(report.due_at),
                "number": report.number,
                "response": report.response,
                "steps": [_step(event) for event in report.events if event.state is not ReportState.DRAFT],
            }
            for report in part.reports
        ],
        "absences": [{"gone_at": rfc3339(one.gone_at), "back_at": rfc3339(one.back_at)} for one in part.absences],
    }


def _step(event: ReportEvent) -> Mapping[str, Any]:
    return {
        "at": rfc3339(event.at),
        "state": event.state.value,
        "number": event.number,
        "due_at": rfc3339(event.due_at),
        "text": event.text,
    }


def _done(part: DonePart) -> Mapping[str, Any]:
    tick = part.tick
    return {
        "step": tick.step,
        "words": part.words,
        "done": _said(tick.done),
        "noted_at": rfc3339(tick.noted_at),
        "note": tick.note,
    }


def _capture(part: CapturePart) -> Mapping[str, Any]:
    return {
        "number": part.number,
        "id": part.id,
        "page_url": part.page_url,
        "cause": part.cause,
        "state": part.state,
        "why": part.why,
        "asked_at": rfc3339(part.asked_at),
        "taken_at": rfc3339(part.taken_at),
        "clock": part.clock,
        "finds": list(part.finds),
        "missing": [{"what": what, "why": why} for what, why in part.missing],
        "files": [file.name for file in part.files if not file.left_out],
    }


def _own(part: OwnPart) -> Mapping[str, Any]:
    words = part.entry.words
    return {
        "number": part.number,
        "id": part.entry.id,
        "added_at": rfc3339(part.entry.added_at),
        "happened": _said(words.happened),
        "where": words.where,
        "what": words.what,
        "who": words.who,
        "witnesses": list(words.witnesses),
        "reported_to": list(words.reported_to),
        "number_there": words.number,
        "saved_by": words.saved_by,
        "saved_at": _said(words.saved_at),
        "note": words.note,
        "finds": list(part.finds),
        "files": [file.name for file in part.files if not file.left_out],
    }


def _said(time: SaidTime) -> Mapping[str, Any]:
    return {"as_said": time.said, "utc": rfc3339(time.exactly)}


def _file(file: PacketFile) -> Mapping[str, Any]:
    return {
        "name": file.name,
        "sha256": file.digest,
        "bytes": file.size,
        "kind": file.kind,
        "type": file.media_type,
        "called": file.called or None,
        "sealed_as": file.sealed_as or None,
        "sealed_sha256": file.sealed_digest or None,
    }
