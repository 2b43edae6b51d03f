"""What is said beside an address: that nobody reads it. Pure.

Words as remarks have them, in eight languages, and only where they can hardly mean anything else: to be told that
nobody reads it, or not to write there. Too much is left out rather than too little: the next desk is asked then."""

from __future__ import annotations

import re
import unicodedata

_SAID = (
    # English
    r"(?:do not|don't|not to be|never) (?:be )?(?:used?|send|sent|e-?mail|contact|write|report|query)",
    r"not (?:be )?(?:monitored|read|answered|valid|in use|used)|unmonitored|is invalid",
    r"no longer (?:used|valid|in use|monitored|active)|will be (?:ignored|discarded)",
    # German
    r"nicht (?:mehr )?(?:zu )?(?:verwenden|verwendet|benutzen|benutzt|nutzen|genutzt|gelesen|gültig|aktiv|in gebrauch)",
    r"(?:ist|adresse) (?:leider )?ungültig|ungültige (?:e-?mail-?)?adresse",
    # Spanish
    r"no (?:usar|utilizar|utilice|utilicen|escribir|escriba|contactar)|no use (?:est[ae]|más)",
    r"(?:ya )?no (?:se (?:usa|utiliza|lee|responde)|es válid[oa]|está en uso|está activ[oa])",
    # French
    r"ne (?:pas|plus) (?:utiliser|écrire|contacter)|n'(?:utilisez|écrivez) (?:pas|plus)|(?:adresse|est) invalide",
    r"n'est (?:pas|plus) (?:valide|active?|utilisée?|lue?|consultée?|surveillée?)",
    # Portuguese
    r"n[ãa]o (?:usar|use|utilizar|utilize|escrever|escreva|contactar)",
    r"n[ãa]o (?:é (?:mais )?(?:válid|lid|usad|utilizad)[oa]|está (?:mais )?(?:em uso|ativ[oa]))",
    # Dutch
    r"niet (?:meer )?(?:te )?(?:gebruiken|gebruikt|gelezen|geldig|mailen|actief|in gebruik)|is ongeldig",
    # Italian
    r"non (?:più )?(?:usare|usate|utilizzare|utilizzate|scrivere|scrivete|contattare)",
    r"non (?:è )?(?:più )?(?:valid|attiv|lett|usat|utilizzat)[oa]|non (?:è )?(?:più )?in uso",
    # Russian
    r"не (?:использовать|используйте|используется|пишите|писать|действует|действител(?:ен|ьна)|читается|работает)",
    r"недействител(?:ен|ьный|ьна|ьно)",
)
_DISUSED = re.compile(rf"(?<!\w)(?:{'|'.join(_SAID)})(?!\w)", re.IGNORECASE)
_NOBODY = re.compile(
    r"(?:no|do-?not|donot)[-_.]?reply|please-?do-?not|(?:unused|invalid|removed|devnull)(?:\W|$)", re.I
)


def said_against(text: str) -> str:
    """The words that speak against it, in small letters; '' where none do."""
    one_line = " ".join(unicodedata.normalize("NFC", text).replace("\u2019", "'").split())
    said = _DISUSED.search(one_line)
    return said[0].lower() if said else ""


def said_of(email: str, text: str) -> str:
    """The words that speak against this address where the text is about more than it: those of a sentence that names
    it; '' where none do."""
    sentences = re.split(r"[.;!?]\s|\n", text) if email.lower() in text.lower() else ()
    return next(filter(None, (said_against(one) for one in sentences if email.lower() in one.lower())), "")


def is_nobody(local: str) -> bool:
    """A mailbox that nobody reads, by its name: what stands before the `@`."""
    return local == "removed" or _NOBODY.match(local) is not None
