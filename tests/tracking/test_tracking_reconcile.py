"""What is found now is assigned to what was known: each once, in whatever order, by the surest sign of all."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.tracking.reconcile import MOST_COMPARED, Found, KnownCopy, Reconciled, SharedSign, reconcile

CAT, DOG = "cat photo", "dog photo"
PAGE, POST, OTHER_POST = "https://a.example/", "https://a.example/post/1", "https://a.example/post/2"
BITS = bytes(32)
NEAR, FAR = b"\x01" * 31 + b"\0", b"\xff" * 32


def k(name: str, address: str = "a1", **values: object) -> KnownCopy:
    made = KnownCopy(name, CAT, PAGE, address, frozenset({address}), digest="d1", hash=BITS)
    changed = replace(made, **values)  # type: ignore[arg-type]
    return replace(changed, page=changed.permalink or changed.page, addresses=changed.addresses | {changed.present})


def f(address: str = "a1", **values: object) -> Found:
    made = Found(CAT, PAGE, address, frozenset({address}), digest="d1", hash=BITS)
    changed = replace(made, **values)  # type: ignore[arg-type]
    return replace(changed, page=changed.permalink or changed.page)


def told(done: Reconciled) -> dict[str, object]:
    """In short: who stays, who moved to where, what is new, who is absent."""
    return {
        "stays": sorted({one.known.id for one in done.stays}),
        "moved": {one.known.id: sorted(found.address for found in one.found) for one in done.moved},
        "new": sorted(sorted(found.address for found in copy) for copy in done.new),
        "absent": sorted(one.id for one in done.absent),
    }


def is_(
    stays: Sequence[str] = (),
    moved: dict[str, list[str]] | None = None,
    new: Sequence[list[str]] = (),
    absent: Sequence[str] = (),
) -> dict[str, object]:
    return {"stays": list(stays), "moved": moved or {}, "new": list(new), "absent": list(absent)}


@pytest.mark.parametrize(
    ("known", "found", "becomes"),
    [
        pytest.param([], [], is_(), id="nothing"),
        pytest.param([], [f()], is_(new=[["a1"]]), id="first time"),
        pytest.param([k("k")], [], is_(absent=["k"]), id="not named any more"),
        pytest.param([k("k")], [f()], is_(["k"]), id="the same address"),
        pytest.param([k("k")], [f(digest="d2", hash=FAR)], is_(["k"]), id="the same address, other bytes"),
        pytest.param([k("k")], [f("a2")], is_(moved={"k": ["a2"]}), id="another address, the same bytes"),
        pytest.param([k("k")], [f("a2", digest="d2")], is_(moved={"k": ["a2"]}), id="encoded anew: the same hash"),
        pytest.param([k("k")], [f("a2", digest="d2", hash=NEAR)], is_(moved={"k": ["a2"]}), id="nearly the same hash"),
        pytest.param(
            [k("k")], [f("a2", digest="d2", hash=FAR)], is_(new=[["a2"]], absent=["k"]), id="another edit of the photo"
        ),
        pytest.param(
            [k("k")], [f("a2", digest="d2", hash=b"")], is_(new=[["a2"]], absent=["k"]), id="nothing to tell it by"
        ),
        pytest.param([k("k")], [f(reference=DOG)], is_(new=[["a1"]], absent=["k"]), id="another photo at the address"),
        pytest.param(
            [k("k", addresses=frozenset({"a1", "a0"}))],
            [f("a0", digest="d2", hash=FAR)],
            is_(["k"]),
            id="an address that it had before",
        ),
        pytest.param(
            [k("k")], [f("a9", named=frozenset({"a9", "a1"}), digest="d9", hash=FAR)], is_(["k"]), id="another variant"
        ),
        pytest.param([k("k")], [f("a2"), f("a3")], is_(moved={"k": ["a2", "a3"]}), id="one copy at two addresses"),
        pytest.param([k("k")], [f("a1"), f("a3")], is_(["k"]), id="one copy, its address and another"),
        pytest.param([], [f("a2"), f("a3")], is_(new=[["a2", "a3"]]), id="one new copy at two addresses"),
        pytest.param([], [f("a2"), f("a3", digest="d2")], is_(new=[["a2"], ["a3"]]), id="two encodings are two copies"),
        pytest.param([], [f("a2", post=1), f("a3", post=2)], is_(new=[["a2"], ["a3"]]), id="two posts without links"),
        pytest.param(
            [k("k1"), k("k2", "a2")],
            [f("b1", post=1), f("b2", post=2)],
            is_(moved={"k1": ["b1"], "k2": ["b2"]}),
            id="two posts, both addresses changed",
        ),
        pytest.param(
            [k("k1"), k("k2", "a2")],
            [f("b1", post=1), f("a1", post=2)],
            is_(["k1"], moved={"k2": ["b1"]}),
            id="two posts, one address changed",
        ),
        pytest.param(
            [k("k1")], [f("a1", post=7), f("b1", post=2)], is_(["k1"], new=[["b1"]]), id="a second post beside it"
        ),
        pytest.param(
            [k("k", permalink=POST)],
            [f("a2", permalink=POST, digest="d2", hash=FAR)],
            is_(moved={"k": ["a2"]}),
            id="the same permalink",
        ),
        pytest.param(
            [k("k", permalink=POST)],
            [f("a2", permalink=OTHER_POST)],
            is_(new=[["a2"]], absent=["k"]),
            id="the same bytes in another post",
        ),
        pytest.param(
            [k("k", permalink=POST)],
            [f("a1", permalink=OTHER_POST)],
            is_(new=[["a1"]], absent=["k"]),
            id="the same file in another post",
        ),
        pytest.param(
            [k("k1", permalink=POST), k("k2", permalink=OTHER_POST)],
            [f("b2", permalink=OTHER_POST), f("b1", permalink=POST)],
            is_(moved={"k1": ["b1"], "k2": ["b2"]}),
            id="two posts with permalinks",
        ),
        pytest.param(
            [
                k("k1", "a1", permalink=POST, digest="d1", hash=BITS),
                k("k2", "a2", permalink=POST, digest="d2", hash=FAR),
            ],
            [f("b2", permalink=POST, digest="d2", hash=FAR), f("b1", permalink=POST, digest="d1")],
            is_(moved={"k1": ["b1"], "k2": ["b2"]}),
            id="two copies in one post, by their bytes",
        ),
        pytest.param([k("k")], [f("a1", permalink=POST)], is_(["k"]), id="known without the permalink"),
        pytest.param([k("k")], [f("a2", permalink=POST)], is_(moved={"k": ["a2"]}), id="both at once"),
        pytest.param([k("k", permalink=POST)], [f("a1")], is_(["k"]), id="on the post's own page"),
        pytest.param(
            [k("k", page="https://a.example/?page=1")],
            [f("a1", page="https://a.example/?page=2")],
            is_(["k"]),
            id="on the next page of the list",
        ),
        pytest.param(
            [k("k", page="https://a.example/?page=1")],
            [f("a2", page="https://a.example/?page=2")],
            is_(moved={"k": ["a2"]}),
            id="on the next page of the list, at another address",
        ),
        pytest.param(
            [k("k1", page="p1"), k("k2", "a2", page="p2")],
            [f("b", page="p2")],
            is_(moved={"k2": ["b"]}, absent=["k1"]),
            id="what was known on this page comes first",
        ),
        pytest.param(
            [k("k", copies=frozenset({f("a1").copy}))], [f("a3")], is_(["k"]), id="a further address of a copy"
        ),
        pytest.param(
            [k("k", copies=frozenset({f("a1", post=1).copy}))],
            [f("a3", post=2)],
            is_(new=[["a3"]]),
            id="tied already to another post of this look",
        ),
        pytest.param(
            [k("k", copies=frozenset({f("a1", page="p1").copy}), page="p1")],
            [f("a1", page="p2")],
            is_(["k"]),
            id="slid to the next page while the pages were read",
        ),
        pytest.param(
            [], [f("a1", post=1), f("a1", post=2)], is_(new=[["a1", "a1"]]), id="two posts that lead to one file"
        ),
        pytest.param(
            [k("k", is_settled=True)], [f("a2")], is_(moved={"k": ["a2"]}), id="left alone: the same bytes are it"
        ),
        pytest.param(
            [k("k", is_settled=True, permalink=POST)],
            [f("a2", permalink=POST, digest="d2")],
            is_(new=[["a2"]], absent=["k"]),
            id="left alone: other bytes are not, though their hash and post are the same",
        ),
        pytest.param([k("k", is_fixed=True)], [f("a1")], is_(["k"]), id="not hers: its bytes, at its address"),
        *[
            pytest.param(
                [k("k", **{said: True, "addresses": frozenset({"a1", "a0"}), **place})],
                [f(address, digest="d2", named=frozenset({"a0", "a1", address}), **there)],
                is_(new=[[address]], absent=["k"]),
                id=f"{said}: other bytes, {how}",
            )
            for said in ("is_fixed", "is_settled")
            for how, place, address, there in (
                ("at its address", {}, "a1", {}),
                ("at one that it had", {}, "a0", {}),
                ("that name its address", {}, "a2", {}),
                ("that name it, in a post", {}, "a2", {"permalink": POST, "post": 9}),
                ("that name it, in a post without a link", {"permalink": POST}, "a2", {"post": 3}),
                ("in its post", {"permalink": POST}, "a1", {"permalink": POST}),
                ("on the next page", {}, "a2", {"page": "https://a.example/?page=2"}),
            )
        ],
        pytest.param(
            [k("k", is_fixed=True, digest="")], [f("a1", digest="d2")], is_(["k"]), id="of an older version: no bytes"
        ),
        pytest.param(
            [k("k1", is_settled=True), k("k2", digest="d2")],
            [f("a1", digest="d2")],
            is_(["k2"], absent=["k1"]),
            id="what was put there later stands beside it",
        ),
        pytest.param(
            [k("k1"), k("k2", digest="d2")],
            [f("a1", digest="d2")],
            is_(["k2"], absent=["k1"]),
            id="and is told by its bytes, when that is taken back",
        ),
        pytest.param([k("k", is_fixed=True)], [f("a2")], is_(new=[["a2"]], absent=["k"]), id="not hers: nothing else"),
        pytest.param(
            [k("k", said_from=POST)], [f("a1", said_from=OTHER_POST)], is_(["k"]), id="a list says it is from elsewhere"
        ),
        pytest.param(
            [k("k", said_from=POST)],
            [f("a2", said_from=OTHER_POST)],
            is_(new=[["a2"]], absent=["k"]),
            id="and names another file with that",
        ),
        pytest.param(
            [k("k", said_from=POST)], [f("a2", said_from=POST)], is_(moved={"k": ["a2"]}), id="or the same post"
        ),
        pytest.param([k("k", said_from=POST)], [f("a2")], is_(moved={"k": ["a2"]}), id="or no post at all"),
        pytest.param(
            [k("k", permalink=POST, said_from=f"{PAGE}third")],
            [f("a2", permalink=OTHER_POST, said_from=f"{PAGE}third")],
            is_(new=[["a2"]], absent=["k"]),
            id="two posts that a list says to be from the same third",
        ),
        pytest.param(
            [k("k", said_from=f"{PAGE}third")],
            [f("a2", permalink=POST, said_from=f"{PAGE}third")],
            is_(moved={"k": ["a2"]}),
            id="the same third, and a permalink by now",
        ),
        pytest.param(
            [k("k", digest="")],
            [f("a2", digest="", hash=b"")],
            is_(new=[["a2"]], absent=["k"]),
            id="no bytes are no sign",
        ),
    ],
)
def test_becomes(known: list[KnownCopy], found: list[Found], becomes: dict[str, object]) -> None:
    assert told(reconcile(known, found)) == becomes
    assert told(reconcile(known[::-1], found[::-1])) == becomes


def test_the_surest_sign_wins() -> None:
    """Each known copy shares less with what was found than the one before it."""
    found = f("a1", permalink=POST, digest="d1", hash=BITS)
    signs = [
        (SharedSign.PLACE, k("0", permalink=POST)),
        (SharedSign.PRESENT, k("1")),
        (SharedSign.ADDRESS, k("2", "a2", addresses=frozenset({"a1", "a2"}))),
        (SharedSign.PERMALINK_AND_BYTES, k("3", "a2", permalink=POST)),
        (SharedSign.PERMALINK_AND_HASH, k("4", "a2", permalink=POST, digest="d2")),
        (SharedSign.PERMALINK, k("5", "a2", permalink=POST, digest="d2", hash=FAR)),
        (SharedSign.BYTES_ON_PAGE, k("6", "a2", page=POST)),
        (SharedSign.BYTES, k("7", "a2")),
        (SharedSign.HASH_ON_PAGE, k("8", "a2", page=POST, digest="d2")),
        (SharedSign.HASH, k("9", "a2", digest="d2")),
        (SharedSign.NEAR_HASH, k("9a", "a2", digest="d2", hash=NEAR)),
    ]
    for at, (sign, known) in enumerate(signs):
        done = reconcile([one for _, one in signs[at:]], [found])
        (tied,) = done.stays + done.moved
        assert (tied.by, tied.known.id) == (sign, known.id)


ADDRESSES, DIGESTS, HASHES = (
    st.sampled_from("abcdef"),
    st.sampled_from(["", "1", "2"]),
    st.sampled_from([b"", BITS, NEAR, FAR]),
)
PAGES, LINKS, PHOTOS = (
    st.sampled_from(["p1", "p2"]),
    st.sampled_from(["", "", POST, OTHER_POST]),
    st.sampled_from([CAT, DOG]),
)
SAID = st.sampled_from(["", "", "https://b.example/1", "https://b.example/2"])
FOUND = st.builds(
    Found,
    PHOTOS,
    PAGES,
    ADDRESSES,
    st.frozensets(ADDRESSES, max_size=2),
    LINKS,
    st.integers(0, 2),
    DIGESTS,
    HASHES,
    SAID,
)


@st.composite
def knowns(draw: st.DrawFn) -> list[KnownCopy]:
    made = draw(
        st.lists(
            st.builds(
                KnownCopy,
                st.just(""),
                PHOTOS,
                PAGES,
                ADDRESSES,
                st.frozensets(ADDRESSES, max_size=2),
                LINKS,
                DIGESTS,
                HASHES,
                said_from=SAID,
            ),
            max_size=6,
        )
    )
    spots, kept = set[object](), []
    for number, one in enumerate(made):  # the store holds one at each spot
        if (spot := (one.reference, one.page, one.permalink, one.present)) not in spots:
            kept.append(replace(one, id=f"k{number}", addresses=one.addresses | {one.present}))
            spots.add(spot)
    return kept


SIDES = (knowns(), st.lists(FOUND, max_size=8, unique=True))


@given(*SIDES)
def test_each_is_assigned_once(known: list[KnownCopy], found: list[Found]) -> None:
    done = reconcile(known, found)
    left = [one for tied in done.stays + done.moved for one in tied.found] + [one for copy in done.new for one in copy]
    assert Counter(left) == Counter(found)
    assert sorted([tied.known.id for tied in done.stays + done.moved] + [one.id for one in done.absent]) == sorted(
        one.id for one in known
    )
    for tied in done.stays + done.moved:
        assert {one.reference for one in tied.found} == {tied.known.reference}
        links = {one.permalink for one in tied.found} | {tied.known.permalink}
        assert len(links - {""}) <= 1


@given(*SIDES, st.randoms(use_true_random=False))
def test_the_order_changes_nothing(known: list[KnownCopy], found: list[Found], random: object) -> None:
    mixed_known, mixed_found = list(known), list(found)
    random.shuffle(mixed_known)  # type: ignore[attr-defined]
    random.shuffle(mixed_found)  # type: ignore[attr-defined]
    assert reconcile(mixed_known, mixed_found) == reconcile(known, found)


@given(*SIDES)
def test_what_was_just_read_is_all_known(known: list[KnownCopy], found: list[Found]) -> None:
    """The same page again, once what came of it is kept: everything stays."""
    done = reconcile(known, found)
    kept = [_kept(tied.known, tied.found) for tied in done.stays + done.moved]
    kept += [_kept(KnownCopy(f"n{at}", copy[0].reference, "", ""), copy) for at, copy in enumerate(done.new)]
    again = reconcile(kept, found)
    assert not again.new and not again.moved and not again.absent
    if len({(one.reference, one.page, one.permalink, one.address) for one in found}) == len(found):  # as pages are read
        tomorrow = reconcile([replace(one, copies=frozenset()) for one in kept], found)
        assert not tomorrow.new and not tomorrow.moved and not tomorrow.absent


def _kept(known: KnownCopy, copy: tuple[Found, ...]) -> KnownCopy:
    """As the store has it afterwards."""
    first = copy[0]
    return replace(
        known,
        page=first.page,
        permalink=first.permalink,
        present=first.address,
        addresses=known.addresses | {one.address for one in copy},
        digest=first.digest,
        hash=first.hash,
        copies=frozenset(one.copy for one in copy),
    )


def test_thousands_on_both_sides_take_no_time() -> None:
    known = [k(f"{n:06}", f"a{n}", digest=f"d{n % 3000}", hash=n.to_bytes(32)) for n in range(5_000)]
    found = [f(f"b{n}", post=n, digest=f"d{n % 7000}", hash=(n << 100).to_bytes(32)) for n in range(10_000)]
    began = time.process_time()
    done = reconcile(known, found)
    assert time.process_time() - began < 10
    assert len(done.moved) + len(done.absent) == 5_000
    assert len(done.moved) >= 3_000 and MOST_COMPARED < 5_000
