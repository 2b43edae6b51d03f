"""What registries said about hosts: of no case, but kept only as long as some case wants it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from monitor.model.case import Case
from monitor.model.hosting import AbuseContact, Hosting, HostPart
from monitor.model.ids import CaseId
from monitor.ports.hosting import RegistryCopy
from monitor.store.store import SqlStore
from tests.store.store_values import CASE, NOW, later

OTHER = CaseId("other")
ASKED = "https://rdap.example/ip/8.8.8.8"
CONTACT = AbuseContact(
    HostPart.CDN,
    "Büro",
    "abuse@cdn.example",
    "https://cdn.example/abuse",
    False,
    "stood there",
    ASKED,
    NOW,
    ("8.0.0.0/9",),
)
FOUND = Hosting("a.example", ("8.8.8.8", "2001:4860::1"), "a.example", (CONTACT,), NOW, "the registrar: offline")


@pytest.fixture
def two(store: SqlStore) -> SqlStore:
    store.cases.save(Case(OTHER))
    return store


def test_an_answer_is_given_back_as_it_was_found(store: SqlStore) -> None:
    store.hosting.want(CASE, "a.example", NOW)
    assert store.hosting.get("a.example") is None
    store.hosting.save(FOUND, later(60))
    assert store.hosting.get("a.example") == FOUND
    store.hosting.save(replace(FOUND, waiting=""), later(60))
    assert store.hosting.get("a.example") == replace(FOUND, waiting="")


def test_an_answer_stays_as_long_as_some_case_wants_it(two: SqlStore) -> None:
    two.hosting.save(FOUND, later(60))
    assert two.hosting.get("a.example") is None  # nobody asked for it, or no longer
    for case in (CASE, OTHER):
        two.hosting.want(case, "a.example", NOW)
    two.hosting.save(FOUND, later(60))
    two.hosting.no_more(CASE, ["a.example", "never.example"])
    assert two.hosting.get("a.example") == FOUND and not two.hosting.wanted_by(CASE)
    two.hosting.forget(OTHER)
    assert two.hosting.get("a.example") is None and not two.hosting.wanted_by(OTHER)


@pytest.mark.of_a_file
def test_what_is_due_is_told_in_order_and_once_for_all_cases(two: SqlStore) -> None:
    for number, host in enumerate(("later.example", "known.example", "old.example", "new.example", "newer.example")):
        two.hosting.want(CASE, host, later(number))
        two.hosting.want(OTHER, host, later(number))
    two.hosting.save(replace(FOUND, host="later.example"), later(60))
    two.hosting.save(replace(FOUND, host="known.example"), later(30))
    two.hosting.save(replace(FOUND, host="old.example"), later(20))
    assert two.hosting.wanted(later(30), 9) == ["new.example", "newer.example", "old.example", "known.example"]
    assert two.hosting.wanted(later(30), 3) == ["new.example", "newer.example", "old.example"]
    two.clock_set_back(later(1000) - NOW, later(-900))
    assert "later.example" in two.hosting.wanted(later(-900), 9)  # it waits no longer than it would have


def a_copy(first: str, last: str, at: float = 0) -> RegistryCopy:
    return RegistryCopy(f"https://rdap.example/ip/{first}-{last}", "{}", later(at), (first, last))


def test_a_copy_is_found_for_every_address_of_its_network(store: SqlStore) -> None:
    wide, narrow = a_copy("8.0.0.0", "8.255.255.255"), a_copy("8.8.8.0", "8.8.8.255", 5)
    six = a_copy("2001:4860::", "2001:4860:ffff:ffff:ffff:ffff:ffff:ffff")
    name = RegistryCopy("https://rdap.example/domain/a.example", '{"a": 1}', NOW)
    for copy in (wide, narrow, six, name):
        store.hosting.keep_copy(copy)
    assert store.hosting.copy_for("8.8.8.8") == narrow and store.hosting.copy_for("8.8.9.0") == wide
    assert store.hosting.copy_for("2001:4860::9") == six and store.hosting.copy_for("::808:808") is None
    assert store.hosting.copy_for("9.0.0.1") is None
    assert store.hosting.copy_of(name.question) == name and store.hosting.copy_of("other") is None
    assert store.hosting.forget_before(later(1)) == 3
    assert store.hosting.copy_for("8.8.8.8") == narrow and store.hosting.copy_for("8.8.9.0") is None
