"""Sightings, dismissals, alerts, reports and evidence: what the person is told and what stands behind it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from monitor.errors import StoreError
from monitor.model.alert import AlertKind, Answer, Delivery, Outstanding, Part
from monitor.model.match import Match, Tier
from monitor.model.outline import FindOutline
from monitor.model.presence import Presence, Trace
from monitor.model.report import Frozen, ReportState
from monitor.model.sighting import BY_HAND, CopySpot, Decision, Dismissal, Place, SeenAddress, Status
from monitor.store.store import SqlStore
from tests.store.store_values import CASE, NOW, a_case, a_report, a_sighting, an_alert, an_item, later, opened
from tests.stores import every_alert

IDS = ("aaaa0000bbbb0000", "aaaa0000bbbb0001", "aaaa0001bbbb0000", "zz", "zzz", "91234567bbbb0000")


class TestSightings:
    def test_are_given_back_as_saved(self, store: SqlStore) -> None:
        full = a_sighting(
            1,
            status=Status.DISMISSED,
            removed_at=later(1),
            presence=Presence(
                Trace(later(1), later(2), later(3), later(4), "the page is gone"), Trace(seen_at=later(5)), Trace()
            ),
            before_dismissal=Status.CONFIRMED,
            before_report=Status.REAPPEARED,
            decision=Decision.NOT_HERE,
            decided_at=later(3),
            under_18=True,
        )
        bare = a_sighting(2, match=Match(Tier.POSSIBLE, 0.0, ""), place=Place("", ""), image_digest="")
        for saved in (full, bare):
            store.sightings.save(saved)
            assert store.sightings.get(CASE, saved.id) == saved
            assert store.sightings.outlines(CASE, [saved.id]) == [FindOutline.of(saved)]
        assert sorted(store.sightings.all(), key=lambda one: one.id) == sorted([full, bare], key=lambda one: one.id)

    def test_at_a_place(self, store: SqlStore) -> None:
        saved = a_sighting(1)
        store.sightings.save(saved)
        place = saved.place
        here = CopySpot("ref1", place.page_url, place.image_url)
        assert store.sightings.at(CASE, [here, here]) == [saved]
        assert store.sightings.at(CASE, [here._replace(reference="ref2")]) == []
        assert store.sightings.at("other", [here]) == []
        assert store.sightings.at(CASE, [here._replace(image_url="https://b.example/")]) == []

    def test_at_another_place_once_it_has_moved(self, store: SqlStore) -> None:
        """In two posts the same file at the same address is two."""
        saved = a_sighting(1)
        store.sightings.save(saved)
        moved = replace(
            saved,
            place=replace(saved.place, image_url="https://b.example/", permalink="https://site1.example/t/1#p7"),
            other_addresses=(saved.present_address,),
            addresses_seen=2,
            there_since=later(9),
        )
        store.sightings.save(moved)
        store.sightings.save(other := replace(a_sighting(2), place=saved.place))
        post = replace(moved.place, permalink="https://site1.example/t/1#p8")
        store.sightings.save(beside := replace(a_sighting(3), place=post))
        spots = [CopySpot("ref1", one.place.stands_at, one.place.image_url) for one in (moved, other, beside)]
        assert [store.sightings.at(CASE, [spot]) for spot in spots] == [[moved], [other], [beside]]
        assert moved.addresses == (saved.present_address, moved.present_address)

    def test_by_any_address_that_is_kept(self, store: SqlStore) -> None:
        first = a_sighting(1)
        other = SeenAddress("https://site1.example/", "https://cdn.example/other", later(-9), later(-5))
        store.sightings.save(replace(first, other_addresses=(other,), addresses_seen=2, under_18=True))
        store.sightings.save(a_sighting(2))
        assert [one.id for one in store.sightings.of_images(CASE, [other.image_url])] == [first.id]
        assert store.sightings.of_images("other", [other.image_url]) == []
        closed = store.sightings.closed_addresses(CASE)
        assert closed == {first.place.page_url, first.place.image_url, other.page_url, other.image_url}

    def test_near_a_place(self, store: SqlStore) -> None:
        page, shown_by = a_sighting(1), a_sighting(2)
        shown_by = replace(shown_by, place=replace(shown_by.place, seen_in="https://l.example/"), last_seen=later(5))
        shut = replace(a_sighting(4), under_18=True, place=replace(page.place, image_url="x"))
        for saved in (page, shown_by, a_sighting(3, reference="ref2"), shut):
            store.sightings.save(saved)
        asked = (CASE, ["ref1"], [page.place.page_url, "https://site3.example/t/3"], ["https://l.example/"])
        assert store.sightings.near(*asked, limit=9) == [shown_by, page]
        assert store.sightings.near(*asked, limit=1) == [shown_by]

    def test_two_of_one_place_are_refused(self, store: SqlStore) -> None:
        store.sightings.save(a_sighting(1))
        with pytest.raises(StoreError):
            store.sightings.save(a_sighting(1))

    def test_saving_again_changes_it(self, store: SqlStore) -> None:
        saved = a_sighting(1)
        store.sightings.save(saved)
        changed = replace(saved, status=Status.REMOVED, removed_at=later(5))
        store.sightings.save(changed)
        assert store.sightings.all(CASE) == [changed]

    @pytest.mark.parametrize(
        ("asked", "found"),
        [
            pytest.param("aaaa0000bbbb0001", "aaaa0000bbbb0001", id="whole"),
            pytest.param("AAAA0000BBBB0001", "aaaa0000bbbb0001", id="in capitals"),
            pytest.param(" aaaa0001 ", "aaaa0001bbbb0000", id="unambiguous beginning"),
            pytest.param("aaaa0000", None, id="ambiguous beginning"),
            pytest.param("bbbb", None, id="not a beginning"),
            pytest.param("zz", "zz", id="an id that others begin with"),
            pytest.param("", None, id="nothing"),
            pytest.param("%", None, id="a pattern"),
            pytest.param("aaaa0001' OR 1=1 --", None, id="hostile"),
            pytest.param("3", "aaaa0001bbbb0000", id="its number"),
            pytest.param(" 04 ", "zz", id="its number, padded"),
            pytest.param("9", None, id="no number, though an id begins so"),
            pytest.param("0", None, id="before the first number"),
            pytest.param("-1", None, id="below any number"),
            pytest.param("9123456", None, id="a number of seven digits, though an id begins so"),
            pytest.param("91234567", "91234567bbbb0000", id="eight digits begin an id"),
            pytest.param("9" * 400, None, id="more than a number holds"),
            pytest.param("\u0663", None, id="another script's digit"),
        ],
    )
    def test_by_number_id_or_beginning(self, store: SqlStore, asked: str, found: str | None) -> None:
        for number, id_ in enumerate(IDS):
            store.sightings.save(a_sighting(number, id=id_))
        got = store.sightings.named(CASE, asked)
        assert (got.id if got else None) == found

    def test_are_numbered_as_they_are_filed_in_each_case(self, store: SqlStore) -> None:
        store.cases.save(a_case("second"))
        for number in range(3):
            store.sightings.save(a_sighting(number))
            store.sightings.save(a_sighting(number, "second"))
        for case in (CASE, "second"):
            numbers = {one.number: one.place.page_url for one in store.sightings.all(case)}
            assert numbers == {number + 1: f"https://site{number}.example/t/{number}" for number in range(3)}

    def test_a_number_stays_and_is_not_given_again(self, store: SqlStore) -> None:
        first = a_sighting(1)
        store.sightings.save(first)
        store.sightings.save(replace(first, number=77, status=Status.CONFIRMED))
        store.sightings.save(replace(first, under_18=True, match=Match(Tier.POSSIBLE, 0.0, "")))
        store.sightings.save(second := a_sighting(2))
        numbers = {one.id: one.number for one in store.sightings.all(CASE)}
        assert numbers == {first.id: 1, second.id: 2}

    def test_of_another_case_is_not_known_by_id_and_makes_no_beginning_ambiguous(self, store: SqlStore) -> None:
        store.cases.save(a_case("second"))
        store.sightings.save(a_sighting(1, id="aaaa0000bbbb0000"))
        store.sightings.save(a_sighting(1, "second", id="aaaa0000bbbb0001"))
        assert store.sightings.get(CASE, "aaaa0000bbbb0001") is None
        for asked in ("aaaa", "aaaa0000bbbb0001"):
            got = store.sightings.named("second", asked)
            assert got is not None and (got.case, got.id) == ("second", "aaaa0000bbbb0001")

    def test_closed_as_under_18_is_still_known_at_its_place(self, store: SqlStore) -> None:
        """Two of one picture's place, of two references: closing takes the references out of both."""
        for reference in ("ref1", "ref2"):
            saved = a_sighting(1, reference=reference)
            store.sightings.save(saved)
            closed = replace(saved, match=Match(Tier.NONE, 0.0, "closed"), under_18=True, image_digest="")
            store.sightings.save(closed)
            spot = CopySpot(reference, saved.place.page_url, saved.place.image_url)
            assert store.sightings.at(CASE, [spot]) == [closed]
        assert len(store.sightings.all()) == 2

    def test_what_was_dismissed_leaves_its_spot_to_other_bytes(self, store: SqlStore) -> None:
        left = a_sighting(1, image_digest="aa", status=Status.DISMISSED, decision=Decision.NOT_HERE)
        store.sightings.save(left)
        store.sightings.save(later_one := replace(a_sighting(2, image_digest="bb"), place=left.place))
        of_bytes = [later_one.spot._replace(digest=digest) for digest in ("", "aa", "bb")]
        asked = [{one.id for one in store.sightings.at(CASE, [spot])} for spot in of_bytes]
        assert asked == [{later_one.id}, {left.id, later_one.id}, {later_one.id}]
        for taken_back in (replace(left, status=Status.NEW, decision=None), replace(left, status=Status.CONFIRMED)):
            store.sightings.save(taken_back)
            at_once = store.sightings.at(CASE, [of_bytes[1]])
            assert {one.id: one for one in at_once} == {one.id: one for one in (taken_back, later_one)}

    def test_hosts_are_counted_once_each(self, store: SqlStore) -> None:
        for number, url in enumerate(
            ["https://a.example/1", "https://A.example:8443/2", "https://b.example/", "http://[half"]
        ):
            store.sightings.save(a_sighting(number, place=Place(url, url), first_seen=later(number)))
        store.sightings.save(a_sighting(9, reference="ref2"))
        assert store.sightings.domains_since(CASE, "ref1", NOW) == 3
        assert store.sightings.domains_since(CASE, "ref1", later(2)) == 2
        assert store.sightings.domains_since(CASE, "ref3", NOW) == 0

    def test_what_a_site_writes_is_kept_whatever_it_is(self, store: SqlStore) -> None:
        """A find must not be lost for half a surrogate pair in a title (seen in JSON answers)."""
        hostile = "a\ud800b\0'; DROP TABLE sightings; --\u202e"
        place = Place(f"https://a.example/{hostile}", f"https://a.example/i/{hostile}", hostile, hostile)
        store.sightings.save(a_sighting(1, place=place))
        (found,) = store.sightings.at(CASE, [CopySpot("ref1", place.page_url, place.image_url)])
        assert found.place.title == hostile.replace("\ud800", "?")

    @pytest.mark.of_a_file
    def test_thousands_are_listed_quickly(self, store: SqlStore) -> None:
        with store.transaction():
            for number in range(4_000):
                store.sightings.save(a_sighting(number))
        assert len(store.sightings.all(CASE)) == 4_000

    def test_in_outline_are_what_they_are_whole(self, store: SqlStore) -> None:
        gone, once = Trace(None, NOW, NOW + timedelta(hours=20)), Trace(None, NOW, later(1))
        finds = [
            a_sighting(1, presence=Presence(gone, once, gone), removed_at=NOW),
            a_sighting(2, presence=Presence(once, gone), status=Status.REPORTED, only_said=True),
            a_sighting(3, watch=BY_HAND, match=Match(Tier.POSSIBLE, 0.0, "")),
        ]
        store.cases.save(a_case("second"))
        for saved in (*finds, a_sighting(4, case="second")):
            store.sightings.save(saved)
        assert store.sightings.outlines(CASE) == list(map(FindOutline.of, store.sightings.all(CASE)))
        assert store.sightings.outlines(CASE, ["none"]) == []

    def test_know_their_evidence_and_reports(self, store: SqlStore) -> None:
        first, second = a_sighting(1), a_sighting(2)
        with store.transaction():
            for sighting in (first, second):
                store.sightings.save(sighting)
            store.evidence.save(an_item(first.id, "item2"))
            store.evidence.save(an_item(first.id, "item1"))
            store.evidence.save(an_item("", "own"))
            store.reports.save(a_report(second.id))
        store.sightings.save(replace(first, evidence=()))  # an older copy in somebody's hand takes nothing away
        found = {sighting.id: sighting for sighting in store.sightings.all()}
        assert found[first.id].evidence == ("item1", "item2")
        assert found[second.id].reports == ("report1",)
        assert store.sightings.get(CASE, first.id) == found[first.id]


class TestDismissals:
    WHOLE = Dismissal("aa" * 32, bytes(32), Tier.POSSIBLE)
    BARE = Dismissal("", None, None)

    def test_are_kept_apart_by_case_and_reference(self, store: SqlStore) -> None:
        store.cases.save(a_case("second"))
        store.dismissals.add(CASE, "ref1", self.WHOLE)
        store.dismissals.add(CASE, "ref1", self.BARE)
        store.dismissals.add("second", "ref1", self.BARE)
        assert set(store.dismissals.of(CASE, "ref1")) == {self.WHOLE, self.BARE}
        assert store.dismissals.of("second", "ref1") == [self.BARE]
        assert store.dismissals.of(CASE, "ref2") == []

    def test_last_over_a_restart_until_they_are_taken_back(self, store: SqlStore, tmp_path: Path) -> None:
        store.dismissals.add(CASE, "ref1", self.BARE)
        store.dismissals.add(CASE, "ref1", self.WHOLE)
        store.dismissals.add(CASE, "ref1", replace(self.WHOLE, tier=Tier.MATCH))  # twice is once, as it was last
        store.close()
        again = opened(tmp_path)
        assert replace(self.WHOLE, tier=Tier.MATCH) in again.dismissals.of(CASE, "ref1")
        assert again.dismissals.remove(CASE, "ref1", "aa" * 32)
        assert not again.dismissals.remove(CASE, "ref1", "aa" * 32)
        assert again.dismissals.of(CASE, "ref1") == [self.BARE]
        again.close()


class TestAlerts:
    def test_are_given_back_as_saved(self, store: SqlStore) -> None:
        sent = an_alert(
            urgent=True, attempts=3, delivery=Delivery.SENT, sent_at=later(9), last_error="mail server down"
        )
        for saved in (sent, an_alert("alert2", sightings=())):
            store.alerts.save(saved)
            assert store.alerts.get(CASE, saved.id) == saved
        assert store.alerts.get(CASE, "unknown") is None
        assert {alert.id for alert in every_alert(store, CASE)} == {"alert1", "alert2"}
        assert every_alert(store, "other") == []
        assert len(store.alerts.recent(CASE, 1)) == 1

    def test_only_an_untried_one_is_joined(self, store: SqlStore) -> None:
        store.alerts.save(an_alert())
        assert store.alerts.waiting(CASE, "incident1") == an_alert()
        assert store.alerts.waiting(CASE, "incident2") is None
        assert store.alerts.waiting("other", "incident1") is None
        assert store.alerts.claim(CASE, "alert1", 0, later(120))
        assert store.alerts.waiting(CASE, "incident1") is None, "it may be on its way already"
        store.alerts.save(an_alert("alert2", created_at=later(1)))
        assert store.alerts.waiting(CASE, "incident1") == an_alert("alert2", created_at=later(1))

    @pytest.mark.parametrize(
        ("now", "is_due"),
        [pytest.param(later(59), False, id="a second before"), pytest.param(later(60), True, id="at its time")],
    )
    def test_are_due_at_their_time(self, store: SqlStore, now: datetime, is_due: bool) -> None:
        store.alerts.save(an_alert())
        assert [alert.id for alert in store.alerts.due(now)] == ["alert1"] * is_due

    def test_urgent_ones_come_first_and_closed_ones_never(self, store: SqlStore) -> None:
        store.alerts.save(an_alert("early", not_before=NOW))
        store.alerts.save(an_alert("urgent", not_before=later(5), urgent=True))
        store.alerts.save(an_alert("sent", delivery=Delivery.SENT, not_before=NOW))
        store.alerts.save(an_alert("failed", delivery=Delivery.FAILED, not_before=NOW))
        assert [alert.id for alert in store.alerts.due(later(60))] == ["urgent", "early"]
        assert [alert.id for alert in store.alerts.due(later(60), limit=1)] == ["urgent"]

    def test_a_claim_is_given_once_and_ends(self, store: SqlStore) -> None:
        store.alerts.save(an_alert())
        assert store.alerts.claim(CASE, "alert1", 0, later(120))
        assert not store.alerts.claim(CASE, "alert1", 0, later(120)), "somebody else has it"
        assert not store.alerts.claim(CASE, "unknown", 0, later(120))
        assert store.alerts.due(later(119)) == []
        (offered,) = store.alerts.due(later(120))  # its sender was killed
        assert offered.attempts == 1
        assert store.alerts.claim(CASE, "alert1", 1, later(300))

    def test_saving_a_failure_does_not_shorten_the_claim(self, store: SqlStore) -> None:
        store.alerts.save(an_alert())
        store.alerts.claim(CASE, "alert1", 0, later(600))
        store.alerts.save(an_alert(attempts=1, last_error="refused"))
        assert store.alerts.due(later(599)) == []
        assert len(store.alerts.due(later(600))) == 1

    def test_the_oldest_that_waits_is_counted_however_many_came_after_it(self, store: SqlStore) -> None:
        store.alerts.save(an_alert("old", attempts=3, sightings=("lost",), not_before=NOW))
        with store.transaction():
            for number in range(250):
                at = later(100 + number)
                done = {"delivery": Delivery.SENT, "created_at": at, "sent_at": at, "sightings": (f"n{number}",)}
                store.alerts.save(an_alert(f"a{number}", **done))
                for who in ("t1", "t2"):
                    store.alert_parts.save(CASE, Part(f"a{number}", who, "1 (mailto)", Answer.TAKEN, 1, at))
            store.alerts.save(an_alert("half", delivery=Delivery.PARTLY, created_at=later(500), sent_at=later(501)))
        assert store.alerts.outstanding(CASE) == Outstanding(
            waiting=1, tried=1, partly=1, oldest=NOW, finds=frozenset({"lost"})
        )
        assert store.alerts.outstanding("other") == Outstanding()
        assert [alert.id for alert in store.alerts.open(CASE)] == ["old", "half"]
        assert "old" not in {alert.id for alert in store.alerts.recent(CASE, 200)}
        assert store.alert_parts.taken_between(later(339), later(400)) == 10

    @pytest.mark.parametrize(
        ("column", "ahead", "is_due"),
        [
            pytest.param("retry_at", timedelta(days=8), False, id="as far as an alert can wait"),
            pytest.param("retry_at", timedelta(days=300), True, id="a claim of a clock that stood wrong"),
            pytest.param("not_before", timedelta(days=300), True, id="a wait of a clock that stood wrong"),
        ],
    )
    def test_a_time_further_ahead_than_can_be_is_not_believed(
        self, store: SqlStore, column: str, ahead: timedelta, is_due: bool
    ) -> None:
        store.alerts.save(an_alert(not_before=NOW + ahead if column == "not_before" else NOW))
        if column == "retry_at":
            store.alerts.claim(CASE, "alert1", 0, NOW + ahead)
        assert bool(store.alerts.due(NOW)) is is_due

    def test_digests_come_after_finds_and_lanes_are_apart(self, store: SqlStore) -> None:
        store.alerts.save(an_alert("digest", kind=AlertKind.DIGEST, created_at=later(-9), not_before=NOW))
        store.alerts.save(an_alert("find", not_before=NOW))
        store.alerts.save(an_alert("urgent", not_before=NOW, created_at=later(5), urgent=True))
        assert [alert.id for alert in store.alerts.due(NOW)] == ["urgent", "find", "digest"]
        assert [alert.id for alert in store.alerts.due(NOW, urgent=False)] == ["find", "digest"]
        assert [alert.id for alert in store.alerts.due(NOW, urgent=True)] == ["urgent"]

    def test_a_claim_is_held_on_by_who_has_it(self, store: SqlStore) -> None:
        store.alerts.save(an_alert())
        assert store.alerts.claim(CASE, "alert1", 0, later(120))
        assert store.alerts.renew(CASE, "alert1", 1, later(240)) and store.alerts.due(later(239)) == []
        assert store.alerts.claim(CASE, "alert1", 1, later(400))
        assert not store.alerts.renew(CASE, "alert1", 1, later(500)), "somebody else has it now"

    def test_what_each_recipient_answered_is_kept(self, store: SqlStore) -> None:
        for name in ("alert1", "alert2"):
            store.alerts.save(an_alert(name, created_at=NOW))
        first = Part("alert1", "t1", "1 (mailto), recipient 1", Answer.TAKEN, 1, NOW)
        other = Part("alert1", "t2", "1 (mailto), recipient 2", Answer.UNSURE, 1, NOW, later(900), "no answer")
        for part in (first, other):
            store.alert_parts.save(CASE, part)
        assert store.alert_parts.of(CASE, "alert1") == [first, other] and store.alert_parts.of(CASE, "alert2") == []
        refused = replace(other, answer=Answer.REFUSED, changed_at=later(5), retry_at=None, said="552")
        store.alert_parts.save(CASE, refused)
        assert store.alert_parts.refusing(CASE) == [refused] and store.alert_parts.refusing("other") == []
        store.alert_parts.save(CASE, replace(refused, alert="alert2", answer=Answer.TAKEN, changed_at=later(9)))
        assert store.alert_parts.refusing() == [], "it took the next one"
        spent = replace(other, alert="alert2", handed=2, changed_at=later(12), retry_at=None)
        store.alert_parts.save(CASE, spent)
        assert store.alert_parts.refusing() == [spent], "twice without an answer"
        store.alert_parts.save(CASE, replace(spent, handed=1))
        assert store.alert_parts.refusing() == []

    def test_what_is_sent_cannot_be_claimed(self, store: SqlStore) -> None:
        store.alerts.save(an_alert(delivery=Delivery.SENT))
        assert not store.alerts.claim(CASE, "alert1", 0, later(120))


class TestReportsAndEvidence:
    def test_are_given_back_as_saved(self, store: SqlStore) -> None:
        sighting = a_sighting(1)
        store.sightings.save(sighting)
        draft = a_report(sighting.id)
        store.reports.save(draft)
        assert store.reports.get(CASE, "report1") == draft
        sent = draft.sent(at=later(5), due_at=later(500), number="A-1").answered(
            ReportState.REFUSED, at=later(9), text="no ü"
        )
        sent = replace(
            sent, frozen=Frozen(channel_name="Ü", address_checked=True, forged=True), lane="host", follows="x"
        )
        store.reports.save(sent)
        assert store.reports.all(CASE) == [sent]
        assert store.reports.all("other") == []
        assert store.reports.get(CASE, "unknown") is None

        for item in (an_item(sighting.id), an_item("", "own")):
            store.evidence.save(item)
        assert store.evidence.all(CASE) == [an_item(sighting.id), an_item("", "own")]
        assert store.evidence.all(sighting=sighting.id) == [an_item(sighting.id)]
        assert store.evidence.all(sighting="") == [an_item("", "own")]
        store.evidence.remove(CASE, "item1")
        store.evidence.remove(CASE, "item1")
        assert store.evidence.all(CASE) == [an_item("", "own")]

    def test_about_an_unknown_sighting_are_refused(self, store: SqlStore) -> None:
        with pytest.raises(StoreError, match="not in the store"):
            store.reports.save(a_report("unknown"))
        with pytest.raises(StoreError, match="not in the store"):
            store.evidence.save(an_item("unknown"))
