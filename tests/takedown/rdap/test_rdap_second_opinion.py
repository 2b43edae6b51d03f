"""What `whoisit` reads in the same answers: the same contact as ours, or a row here that says why not."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.model.hosting import AbuseContact
from monitor.takedown.rdap.contacts import registrar_contact
from tests.takedown.rdap import shapes
from tests.takedown.rdap.shapes import abuse, email, entity, holder, network
from tests.takedown.rdap.test_rdap_shapes import DOMAINS, NETWORKS, PLACE, heard, of_network

FAILS = "(it fails)"
Theirs = Callable[[str, Any], list[str]]


@pytest.fixture(scope="module")
def theirs() -> Iterator[Theirs]:
    """Kind and answer -> every address of a desk for abuse, in its order. Loaded when a test asks: it brings two HTTP
    clients with it, of which nothing is used, and no socket is opened."""
    import whoisit
    from whoisit.parser import parse

    def read(kind: str, answer: Any) -> list[str]:
        try:
            found = json.loads(shapes.as_bytes(answer))
            if kind == "domain":
                found = {"handle": "1_DOMAIN_COM-VRSN", **found}  # without one it reads nothing at all: see below
            desks = parse(whoisit._bootstrap, kind, "8.8.8.8", found)["entities"].get("abuse", [])
        except Exception:  # it has an error of its own for a few of them
            return [FAILS]
        return [value for desk in desks for key in ("emails", "contact_uris") for value in desk.get(key, [])]

    def refused(*_: object, **__: object) -> None:
        raise AssertionError("it opens a socket")

    with pytest.MonkeyPatch.context() as patched:
        for name in ("socket", "getaddrinfo", "create_connection"):
            patched.setattr(socket, name, refused)
        yield read


@dataclass(frozen=True)
class Differs:
    """gives: what whoisit has first, '' where it has nothing."""

    gives: str
    why: str


DEAD, OWN = "gives out what nobody reads", "does not know whom the report is about"
NOT_TEXT, NO_JSON = "looks at properties of four elements, with one text", "fails on what is no answer, as it may"
DIFFERENCES = {
    "APNIC: an incident team with two mailboxes, one preferred": Differs("x@irt.example", "ignores pref"),
    "the preferred one, as text and as a number": Differs("b@x.example", "ignores pref"),
    "LACNIC: a dead mailbox": Differs("removed@lacnic.net", DEAD),
    "one that nobody reads, and the next desk": Differs("noreply@hoster.example", DEAD),
    "redacted in words": Differs("DATA REDACTED", "takes words for an address"),
    "markup": Differs("<a href=mailto:x@y.example>", "takes markup for an address"),
    "several in one": Differs("a@hoster.example, b@hoster.example", "takes two for one"),
    "do not use": Differs("old@hoster.example", "does not read notices"),
    "APNIC: found to be invalid": Differs("old@hoster.example", "does not read notices"),
    "jCard with a list": Differs("['abuse@hoster.example', 'b@hoster.example']", "turns a list into Python's text"),
    "jCard of five": Differs("", NOT_TEXT),
    "JSContact": Differs("", "knows jCard alone"),
    "a role that is a string": Differs("", "takes it for a list of letters"),
    "a form that is a mailbox": Differs("mailto:abuse@hoster.example", "leaves it an address of the web"),
    "entities: null": Differs(FAILS, "loops over it"),
    "3,000 levels": Differs(FAILS, "nested too deep, as for us"),
    "at the site's own domain": Differs("abuse@site.example", OWN),
    "there, in another language": Differs("missbrauch@mail.site.example", OWN),
    "at the media's own domain": Differs("abuse@SITE-CDN.example", OWN),
    "a site that is its own registrar": Differs("abuse@site.example", OWN),
    "what stands in the owner's own entity is not the registrar's": Differs(
        "owner@elsewhere.example", "does not ask in whose entity a desk stands"
    ),
    **dict.fromkeys(
        ("junk", "HTML", "a list", "an answer about nothing", "404 with a body", "no such name"),
        Differs(FAILS, NO_JSON),
    ),
}
ROWS: list[Any] = [pytest.param("ip network", [row.values[0]], id=row.id) for row in NETWORKS]
ROWS += [pytest.param("domain", row.values[0], id=row.id) for row in DOMAINS]


def ours(kind: str, answers: list[Any]) -> AbuseContact:
    if kind == "ip network":
        return of_network(answers[0])
    return registrar_contact([heard(answer) for answer in answers], place=PLACE)


@pytest.mark.parametrize(("kind", "answers"), ROWS)
def test_it_reads_the_same_or_a_row_says_why_not(
    kind: str, answers: list[Any], theirs: Theirs, request: pytest.FixtureRequest
) -> None:
    found, contact = theirs(kind, answers[-1]), ours(kind, answers)
    own = [] if contact.is_guess else list(filter(None, (contact.email, contact.url)))
    if row := DIFFERENCES.get(request.node.callspec.id):
        assert next(iter(found), "") == row.gives, row.why
        assert found == [FAILS] or found[:1] != own[:1], "the row is needless"
    else:
        assert found[:1] == own[:1]


def test_no_row_is_about_an_answer_that_is_not_there() -> None:
    assert DIFFERENCES.keys() <= {row.id for row in ROWS}


def test_a_name_without_a_handle_is_nothing_to_it() -> None:
    import whoisit
    from whoisit.errors import ParseError
    from whoisit.parser import parse

    with pytest.raises(ParseError, match="handle"):
        parse(whoisit._bootstrap, "domain", "site.example", shapes.domain(entity(["registrar"])))


DESKS = st.lists(
    st.sampled_from(("a", "b", "c", "d")).map(lambda who: abuse(email(f"{who}@hoster.example"))), max_size=3
)
TREES = st.recursive(
    DESKS, lambda inner: st.builds(lambda under, beside: [holder(*under), *beside], inner, DESKS), max_leaves=6
)


@settings(max_examples=60)
@given(TREES)
def test_of_regular_answers_of_any_depth_it_finds_what_we_find(theirs: Theirs, tree: list[Any]) -> None:
    answer = network(*tree)
    found, contact = theirs("ip network", answer), of_network(answer)
    assert contact.email in found if found else not contact.is_published
