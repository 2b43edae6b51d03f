"""What is to be decided."""

from __future__ import annotations

from tests.review.inbox_app import (
    full,
    hostile,
    many,
    nothing_seen_well,
    nothing_watched,
    one_of_each_word,
    put_aside_alone,
)
from tests.review.state import State

_STALE = (("do", "confirm find1 stale"), ("then", "/"))

STATES = (
    State("inbox: full", "/", core=full),
    State("inbox: more than one part", "/", core=many),
    State("inbox: the last part", "/?from=50", core=many),
    State("inbox: hostile words", "/", core=hostile),
    State("inbox: filtered, nothing left", "/", core=full, before=(("/filter", (("with", "nobody"),)),)),
    State("inbox: something was said", "/", core=one_of_each_word),
    State("inbox: nothing to decide, something not seen", "/", core=nothing_seen_well),
    State("inbox: nothing to decide, nothing watched", "/", core=nothing_watched),
    State("inbox: all is put aside", "/", core=put_aside_alone),
    State("copies: of one site", "/copies/incident2?act=confirm", core=full),
    State("copies: of one host", "/copies/incident2?beside=find5", core=full),
    State("copies: hostile words", "/copies/incident9", core=hostile),
    State("copies: no such site", "/copies/nothing", core=full),
    State("later: some", "/later", core=full),
    State("later: none", "/later", core=nothing_watched),
    State("changed", "/changed?find=find1&find=find7", core=full),
    State("said: each word", "/said", core=one_of_each_word),
    State("said: nothing", "/said", core=nothing_watched),
    State("note", "/note/find1", core=full),
    State("note: none was typed", "/decide", core=full, sends=(("do", "note find1 x"), ("text", " "), ("then", "/"))),
    State("note: no such find", "/note/nothing", core=full),
    State("rest", "/rest?then=/", core=full),
    State("decide: nothing ticked", "/decide", core=full, sends=(("do", "confirm"),)),
)
