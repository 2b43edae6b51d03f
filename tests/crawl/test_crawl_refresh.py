from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.crawl.refresh import sent_on_to

PAGE = "http://site.com/dir/page"


@pytest.mark.parametrize(
    ("written", "leads_to"),
    [
        ("0; url=/real.html", "http://site.com/real.html"),
        ("0;url=real.html", "http://site.com/dir/real.html"),
        ("0,URL = '/a b'", "http://site.com/a%20b"),
        ('5; url="/a" trailing', "http://site.com/a"),
        ("0 /a", "http://site.com/a"),
        ("0;/a", "http://site.com/a"),
        ("1.5;url=/a", "http://site.com/a"),
        (".5;url=/a", "http://site.com/a"),
        (" 3 ; url=http://www.site.com/", "http://www.site.com/"),
        ("31; url=/a", ""),
        ("0", ""),
        ("", ""),
        ("soon; url=/a", ""),
        ("-1; url=/a", ""),
        ("5; url=/dir/page", ""),
        ("0; url=http://other.com/", ""),
        ("0; url=javascript:alert(1)", ""),
        ("0; url=" + "x" * 20_000, ""),
    ],
)
def test_where_a_refresh_leads(written: str, leads_to: str) -> None:
    assert sent_on_to(written, PAGE, PAGE) == leads_to


@given(st.text(st.sampled_from("0123456789.;, url='\"=/\n\t"), max_size=60))
def test_any_words_lead_somewhere_or_nowhere(written: str) -> None:
    assert sent_on_to(written, PAGE, PAGE).startswith(("http://site.com/", ""))
