"""Addresses at which nothing can have been found."""

from __future__ import annotations

import pytest

from monitor.crawl.no_find import NoFind, no_find_at

SEARCHES = [
    "https://www.google.com/search?q=jane",
    "https://www.google.de/imgres?imgurl=https://a.example/1.jpg",
    "https://www.bing.com/images/search?q=jane",
    "https://duckduckgo.com/?q=jane&iax=images",
    "https://yandex.ru/images/search?text=jane",
    "https://forum.example/search.php?searchid=123",
    "https://forum.example/search/123/?q=jane",
    "https://tube.example/video/search?search=jane",
    "https://tube.example/search/jane+doe",
    "https://x.com/search?q=jane",
    "https://forum.example/Suche/?q=jane",
]
LOGINS = [
    "https://forum.example/login",
    "https://forum.example/login/",
    "https://forum.example/wp-login.php?redirect_to=x",
    "https://forum.example/ucp.php?mode=login",
    "https://forum.example/index.php/users/sign_in",
    "https://photos.example/Login.aspx",
]
PLACES = [
    "https://forum.example/threads/123",
    "https://forum.example/viewtopic.php?t=1&s=search",
    "https://forum.example/research/1",
    "https://forum.example/search-and-rescue/1",
    "https://forum.example/member.php?u=5",
    "https://forum.example/ucp.php?i=pm",
    "https://blog.example/login-page-design/1",
    "https://www.google.com/maps",
    "https://photos.example/?p=12&q=1",
    "https://a.example/",
]


@pytest.mark.parametrize("url", SEARCHES)
def test_a_search_is_no_place(url: str) -> None:
    assert no_find_at(url) is NoFind.SEARCH


@pytest.mark.parametrize("url", LOGINS)
def test_a_log_in_is_no_place(url: str) -> None:
    assert no_find_at(url) is NoFind.LOGIN


@pytest.mark.parametrize("url", PLACES)
def test_other_addresses_may_be_places(url: str) -> None:
    assert no_find_at(url) is None
