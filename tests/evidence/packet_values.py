"""Values of a packet, plain and hostile."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta

from monitor.evidence.packet import Answered, CapturePart, DonePart, FindPart, LogPart, OwnPart, PacketFacts, PacketFile
from monitor.model.ids import CaseId, ContentDigest, ReferenceId, SightingId
from monitor.model.match import Match, Method, Tier
from monitor.model.own_evidence import OwnEntry, OwnFile, OwnWords, SaidTime
from monitor.model.report import Report, ReportState
from monitor.model.sighting import Place, Sighting, Status
from monitor.model.tick import Tick

AT = datetime(2026, 11, 22, 20, 0, tzinfo=UTC)
CASE = CaseId("default")
HEAD = hashlib.sha256(b"head").hexdigest()


def digest(text: str) -> ContentDigest:
    return ContentDigest(hashlib.sha256(text.encode()).hexdigest())


def sighting(number: int, text: str = "", **place: str) -> Sighting:
    """text: stands in every field that a site fills."""
    told = {
        "page_url": f"https://forum{number}.example/threads/{number}{text}",
        "image_url": f"https://cdn.example/{number}.jpg{text}",
        "account": text or "user-17",
        "title": text or "Some thread",
        "posted_at": text or "2026-11-20T10:00:00Z",
        "permalink": f"https://forum{number}.example/threads/{number}#post-4{text}",
        **place,
    }
    return Sighting(
        id=SightingId(f"sighting{number}"),
        incident=f"incident{number}",
        case=CASE,
        watch="forum",
        place=Place(**told),
        match=Match(
            Tier.MATCH,
            0.97,
            "same picture, filling the picture" + text,
            reference=ReferenceId("r1"),
            label=text or "beach",
            method=Method.PDQ,
            distance=12,
        ),
        status=Status.CONFIRMED,
        first_seen=AT + timedelta(hours=number),
        last_seen=AT + timedelta(days=3, hours=number),
        image_digest=digest(f"picture {number}"),
    )


def packet_file(name: str, kind: str = "page", **more: str) -> PacketFile:
    return PacketFile(
        name=name,
        kind=kind,
        media_type="text/plain",
        size=len(name) * 1000,
        digest=digest(name),
        item=f"item-{name}",
        sealed_as="0a1b2c3d4e5f6g7h.age",
        sealed_digest=digest("sealed " + name),
        **more,
    )


def report(number: int, text: str = "") -> Report:
    draft = Report.drafted(
        id=f"report{number}",
        case=CASE,
        sightings=[SightingId(f"sighting{number}")],
        channel="example_forum",
        route="platform",
        at=AT + timedelta(hours=5),
    )
    sent = draft.sent(at=AT + timedelta(hours=6), due_at=None, number=text or "T-4711")
    return sent.answered(ReportState.ACKNOWLEDGED, at=AT + timedelta(days=1), text=text or "We are looking into it.")


def own_entry(text: str = "", **words: object) -> OwnEntry:
    told: dict[str, object] = {
        "happened": SaidTime(text or "2026-11-21 21:30", AT - timedelta(days=1), is_exact=True),
        "where": text or "Messenger, handle @somebody, my old phone",
        "what": text or "He wrote:\n“Pay or I send it to your work.”",
        "who": text or "Probably the person I was with until June",
        "witnesses": (text or "My sister",),
        "reported_to": (text or "Police, officer Example",),
        "number": text or "K-2026-17",
        "saved_by": text or "me",
        "saved_at": SaidTime(text or "about the next morning"),
        "note": text,
        **words,
    }
    return OwnEntry(
        id="own1",
        case=CASE,
        added_at=AT + timedelta(days=2),
        words=OwnWords(**told),  # type: ignore[arg-type]
        record="item-r",
        files=(OwnFile("item-f", text or "Screenshot 2026-11-21.png", AT),),
    )


def facts(text: str = "", *, with_images: bool = False, finds: int = 2) -> PacketFacts:
    """A packet with a capture for each find. text: in every field that comes from outside, or from the person."""
    why = "" if with_images else "it holds a picture, and the packet was made without pictures"
    captures = tuple(
        CapturePart(
            number=number,
            id=f"capture{number}",
            page_url=f"https://forum{number}.example/threads/{number}{text}",
            cause="the picture was seen there for the first time",
            state="partial" if number == 2 else "whole",
            why=text,
            asked_at=AT + timedelta(hours=number),
            taken_at=AT + timedelta(hours=number, seconds=2),
            finds=(number,),
            clock="synchronised, to within 12 ms",
            missing=(("screenshot", text or "no browser was found"),) if number == 2 else (),
            answers=(
                Answered(
                    what="page",
                    asked=f"https://forum{number}.example/threads/{number}{text}",
                    answered=f"https://forum{number}.example/threads/{number}/page-1{text}",
                    status=200,
                    ip=text or "192.0.2.17",
                    fetched_at="2026-11-22T20:00:01Z",
                    server_said=text or "Sun, 22 Nov 2026 20:00:01 GMT",
                    certificate=digest("certificate"),
                    hops=(f"https://forum{number}.example/r{text}",),
                    size=18_211,
                    digest=digest("page as served"),
                ),
            ),
            files=(
                packet_file(f"captures/{number:04}/page.txt"),
                packet_file(f"captures/{number:04}/page.warc.gz", "warc"),
                packet_file(f"captures/{number:04}/find-{number:04}/record.json", "record"),
                packet_file(f"captures/{number:04}/find-{number:04}/picture.jpg", "image", left_out=why),
                packet_file(f"captures/{number:04}/find-{number:04}/screenshot.png", "screenshot", left_out=why),
            ),
        )
        for number in range(1, finds + 1)
    )
    return PacketFacts(
        made_at=AT + timedelta(days=4),
        program="reupload-monitor 0.1.0",
        with_images=with_images,
        finds=tuple(
            FindPart(
                number=number,
                sighting=sighting(number, text),
                photo=1,
                captures=(number,),
                reports=(report(number, text),),
            )
            for number in range(1, finds + 1)
        ),
        captures=captures,
        own=(
            OwnPart(
                number=1,
                entry=own_entry(text),
                finds=(1,),
                files=(
                    packet_file("own/0001/record.json", "own"),
                    packet_file("own/0001/file-1.png", "own", called=text or "Screenshot.png", left_out=why),
                ),
            ),
            OwnPart(
                number=2,
                entry=own_entry(text, happened=SaidTime("about the end of October"), note="He has called since."),
            ),
        ),
        done=(DonePart("Reported to the police", Tick(CASE, "police-reported", SaidTime(), AT, text or "no. 17")),),
        log=LogPart(head=HEAD, entries=17, files=(packet_file("log/custody-log.json", "log"),)),
    )
