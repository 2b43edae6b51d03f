"""What a field of a form can be answered with."""

from __future__ import annotations

from enum import StrEnum


class Asks(StrEnum):
    """What a field of a form is answered with."""

    URLS = "urls"  # every address of the find that this desk answers for
    PAGE_URLS = "page_urls"  # of the page alone
    IMAGE_URLS = "image_urls"  # of the picture alone
    RESULT_URLS = "result_urls"  # of the page of search results
    DOMAIN = "domain"
    NETWORK = "network"  # the IP address that it came from, and when
    ACCOUNT = "account"  # that posted it
    SEARCH_TERMS = "search_terms"
    NAME = "name"  # legal name of the person shown
    EMAIL = "email"
    SIGNATURE = "signature"
    POSTAL_ADDRESS = "postal_address"
    PHONE = "phone"
    COUNTRY = "country"
    WHO = "who"  # the person shown, or acting for them
    CATEGORY = "category"
    LAW = "law"  # the legal ground
    TEXT = "text"
    EARLIER = "earlier"  # what was asked for before, each request on a line: of whom, when, and what came of it
    EARLIER_WHOM = "earlier_whom"  # of the request that is complained of: who was asked
    EARLIER_WHEN = "earlier_when"  # likewise: when
    EARLIER_WHAT = "earlier_what"  # likewise: for what
    EARLIER_PROOF = "earlier_proof"  # likewise: the number that they gave it
    EARLIER_OUTCOME = "earlier_outcome"  # likewise: what came of it
    FIXED = "fixed"  # the field's own `value`
    YOURS = "yours"  # only the person can answer
