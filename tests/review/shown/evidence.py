"""Evidence: what is kept, showing, the passphrase, checking, exporting, what the person adds."""

from __future__ import annotations

from monitor.review.local import LocalCore
from tests.review.pictures import CASE, core_of, pictures_kept
from tests.review.state import State

HOSTILE = "</bdi><script>alert(1)</script>\u202e\x1b[31m" + "long" * 500


def _with_own() -> LocalCore:
    kept = pictures_kept(words=False)
    from monitor.services.own_evidence import ToldWords

    told = ToldWords(at="about the end of October", what=HOSTILE, who=HOSTILE, witnesses=(HOSTILE,), where="a phone")
    kept.app.own_evidence.add((kept.identity,), told, case=CASE, sighting="1")
    return kept.core


def _evidence_gone() -> LocalCore:
    kept = pictures_kept(words=False)
    kept.sealed(kept.image).unlink()
    return kept.core


def _tried_wrongly() -> LocalCore:
    kept = pictures_kept()
    from datetime import timedelta

    from monitor.vault.opening import what_is_tried
    from tests.review.asking import NOW

    kept.app.store.machine.note_wrong_passphrases(what_is_tried(kept.identity), 9, NOW + timedelta(seconds=39))
    return kept.core


def _under_18() -> LocalCore:
    kept = pictures_kept()
    kept.app.decisions.close_under_18("1", case=CASE)
    return kept.core


OPEN = (("/unlock", ()),)

STATES = (
    State("evidence: nothing found", "/evidence", core=core_of(finds=0)),
    State("evidence: no key", "/evidence", core=core_of(finds=1, keeps=False)),
    State("evidence: sealed", "/evidence", core=core_of(finds=3)),
    State("evidence: open", "/evidence", core=core_of(words=False), before=OPEN),
    State("evidence: more than one page", "/evidence", core=core_of(finds=52)),
    State("evidence: closed as under 18", "/evidence", core=_under_18),
    State("evidence of a find: sealed", "/evidence/find/1", core=core_of()),
    State("evidence of a find: open", "/evidence/find/1", core=core_of(words=False), before=OPEN),
    State("evidence of a find: gone from the disk", "/evidence/find/1", core=_evidence_gone),
    State("evidence of a find: closed as under 18", "/evidence/find/1", core=_under_18),
    State("evidence of a find: no such find", "/evidence/find/999", core=core_of()),
    State("unlock: with a passphrase", "/unlock", core=core_of()),
    State("unlock: the key lies elsewhere", "/unlock", core=core_of(keeps=False)),
    State("unlock: no file", "/unlock", core=core_of(), sends=(("identity", "/no/such/file"), ("passphrase", "x"))),
    State("unlock: wrong words", "/unlock", core=core_of(), sends=(("passphrase", "wrong"),)),
    State("unlock: too soon", "/unlock", core=_tried_wrongly, sends=(("passphrase", "wrong"),)),
    State("passphrase: forgotten", "/passphrase", core=core_of()),
    State("shown: not any more", "/shown/a-ticket", core=core_of()),
    State("shown: no such picture", "/show", core=core_of(words=False), before=OPEN, sends=(("item", "nothing"),)),
    State("check: not yet", "/evidence/check", core=core_of()),
    State("check: faults", "/evidence/check", core=_evidence_gone, before=(("/evidence/check", ()),)),
    State("export: asked", "/evidence/export?find=1", core=core_of()),
    State("export: not there", "/evidence/export", core=core_of(), sends=(("finds", "1 99"), ("out", "/no/x.zip"))),
    State("export: nothing yet", "/evidence/exported", core=core_of()),
    State("own: nothing", "/evidence/own", core=core_of()),
    State("own: hostile words", "/evidence/own", core=_with_own),
    State("own: added, nothing of it", "/evidence/own/added", core=core_of()),
    State("own: to add", "/evidence/own/add?find=1", core=core_of()),
    State("own: to add, without a key", "/evidence/own/add", core=core_of(keeps=False)),
)
