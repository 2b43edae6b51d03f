"""Which pictures come first where a cap lets only some be looked at."""

from __future__ import annotations

import pytest

from monitor.crawl.promise import most_promising_first
from monitor.model.page import FoundAs, ImageRef

PAGE = "https://example.com/t/1"
OWN = ImageRef("https://example.com/up/1.jpg")
OWN_CDN = ImageRef("https://img.example.com/up/2.jpg")
IN_POST = ImageRef("https://cdn.example.net/3.jpg", post_url=f"{PAGE}#p3")
BY_SOMEBODY = ImageRef("https://cdn.example.net/4.jpg", account="ann")
OF_A_LIST = ImageRef("https://cdn.example.net/5.jpg", found_as=FoundAs.API)
WRITTEN = ImageRef("data:sha256,00", found_as=FoundAs.DATA)
BACKGROUND = ImageRef("https://example.com/hero.jpg", found_as=FoundAs.CSS)
STRANGER = ImageRef("https://decoys.example.org/6.jpg")


@pytest.mark.parametrize(
    ("refs", "first"),
    [
        pytest.param([STRANGER, OWN], OWN, id="the site's own before a stranger's"),
        pytest.param([STRANGER, OWN_CDN], OWN_CDN, id="its own host for pictures too"),
        pytest.param([STRANGER, IN_POST], IN_POST, id="what stands in a post"),
        pytest.param([STRANGER, BY_SOMEBODY], BY_SOMEBODY, id="what somebody posted"),
        pytest.param([STRANGER, OF_A_LIST], OF_A_LIST, id="what an answer lists"),
        pytest.param([STRANGER, WRITTEN], WRITTEN, id="what is written into the page"),
        pytest.param([STRANGER, BACKGROUND], BACKGROUND, id="a background of the site's before a stranger's"),
        pytest.param([BACKGROUND, OWN], OWN, id="a picture before a background"),
        pytest.param([BACKGROUND, IN_POST], IN_POST, id="a post's before a background"),
        pytest.param([OWN, OWN_CDN], OWN, id="alike: as the page has them"),
        pytest.param([OWN_CDN, OWN], OWN_CDN, id="alike: as the page has them, turned"),
    ],
)
def test_what_comes_first(refs: list[ImageRef], first: ImageRef) -> None:
    assert most_promising_first(refs, PAGE)[0] is first


def test_decoys_of_one_host_do_not_push_out_what_another_has() -> None:
    decoys = [ImageRef(f"https://decoys.example.org/{number}.jpg", post_url=f"{PAGE}#p1") for number in range(1000)]
    assert IN_POST in most_promising_first([*decoys, IN_POST], PAGE)[:2]


def test_none_is_lost() -> None:
    refs = [STRANGER, OWN, IN_POST, BACKGROUND, WRITTEN]
    assert sorted(most_promising_first(refs, PAGE), key=refs.index) == refs
