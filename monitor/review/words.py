"""Words of the field and what they mean, for who meets them here the first time. A page names them by key:
`{{ m.word("copy") }}` puts the word there, which opens its meaning; the help has them all."""

from __future__ import annotations

from dataclasses import dataclass

from monitor.catalogue import said


@dataclass(frozen=True, slots=True)
class WordMeaning:
    word: str
    meaning: str


def meanings() -> dict[str, WordMeaning]:
    """By key, in the order in which a person meets them."""
    return {
        "copy": WordMeaning(said("copy"), said("One of your pictures in one place: in one post, or on one page.")),
        "incident": WordMeaning(
            said("incident"), said("All copies on one site. They are told together, and can be decided together.")
        ),
        "label": WordMeaning(
            said("label"), said("The name that you gave to a picture. The picture itself is not kept.")
        ),
        "watch": WordMeaning(said("watch"), said("A place, or a search, that is looked at again and again.")),
        "fingerprint": WordMeaning(
            said("fingerprint"),
            said("Numbers by which a copy of a picture is known again. The picture cannot be made from them."),
        ),
        "evidence": WordMeaning(
            said("evidence"),
            said(
                "What was there when it was seen: page, address, time and picture, sealed so that only you can open it."
            ),
        ),
        "passphrase": WordMeaning(
            said("passphrase"),
            said("The words that open what is sealed. Nobody can set them back, and they are kept nowhere."),
        ),
        "log": WordMeaning(
            said("custody log"),
            said("The list of who saw or took which evidence, and when. A change to it can be seen."),
        ),
        "time-stamp": WordMeaning(
            said("time stamp"), said("What somebody else signed, to show that the evidence was there by that time.")
        ),
        "desk": WordMeaning(
            said("desk"), said("Where a report goes: the form or address of a site, a host or a search engine.")
        ),
        "draft": WordMeaning(
            said("draft"), said("A report that is written but not sent. Only you send it; this program never does.")
        ),
        "clock": WordMeaning(
            said("clock"),
            said("The time in which a desk has to answer, by its law or its own word. It begins when you send."),
        ),
        "host": WordMeaning(said("host"), said("The company on whose computers a site stands.")),
        "removed": WordMeaning(
            said("removed"),
            said("Looked for twice, some time apart, and gone each time. It is looked for again later."),
        ),
        "digest": WordMeaning(said("weekly message"), said("What happened in a week, and what could not be seen.")),
    }
