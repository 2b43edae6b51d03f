"""The configuration and watchlist that lead the program to the demo's site and receivers, as TOML text."""

from __future__ import annotations

import json

from monitor.demo.pages import SiteContent
from monitor.demo.plan import Spot
from monitor.demo.receivers import Receivers

ENGINE = "demo"
QUERY = '"avery example" photos'
NAME = "Avery Example"
EMAIL = "avery@demo.test"


def config_text(receivers: Receivers, content: SiteContent, *, recipient: str, store_key_file: str) -> str:
    """config.toml for the demo's folder. recipient: the age public key that evidence is sealed to.
    store_key_file: path, relative to the folder."""
    mail, push = receivers.apprise_urls
    return f"""\
# Made by `reupload-monitor demo`: everything it leads to is on this machine. Your own begins with
# `reupload-monitor init`, and config.example.toml in the repository explains every key.
data_dir = "data"
watchlist_dir = "watchlists"

[case]
name = {_quoted(NAME)}
email = {_quoted(EMAIL)}
jurisdiction = "US"

[database]
key_file = {_quoted(store_key_file)}  # for show: a real key comes from the keyring or a systemd credential

[network]
allow_networks = ["127.0.0.0/8"]  # the demo's site; without this, addresses of one's own machine are refused
timeout = 20

[crawl]
per_host_delay = 0  # the demo's site is our own. Leave the default (5 s) for everybody else's

[alerts]
urls = [
    {{ url = {_quoted(push)}, tags = ["urgent"] }},  # what cannot wait: of watches tagged urgent
    {_quoted(mail)},
]

[evidence]
recipients = [{_quoted(recipient)}]  # opened with identity.txt

[takedown]
signature = {_quoted(NAME)}
contact_email = {_quoted(EMAIL)}

[engines.{ENGINE}]
like = "searxng"
url = {_quoted(content.entrance(Spot.SEARCH))}
"""


def watchlist_text(content: SiteContent) -> str:
    """watchlists/demo.toml: one watch for each part of the site."""

    def at(place: Spot) -> str:
        return _quoted(content.entrance(place))

    return f"""\
[defaults]
every = "2h"

[[watch]]
name = {_quoted(Spot.FORUM.value)}
kind = "page"
url = {at(Spot.FORUM)}
every = "30m"
follow = {{ links = "a.next", depth = 2 }}

[[watch]]
name = {_quoted(Spot.GALLERY.value)}
kind = "page"
url = {at(Spot.GALLERY)}
follow = {{ links = "a.next, a.view", depth = 2 }}

[[watch]]
name = {_quoted(Spot.SCRIPTED.value)}
kind = "page"
url = {at(Spot.SCRIPTED)}
render = "auto"  # plain HTTP first; a browser where a page is empty without its scripts

[[watch]]
name = {_quoted(Spot.FEED.value)}
kind = "feed"
url = {at(Spot.FEED)}
follow = {{ depth = 1 }}

[[watch]]
name = {_quoted(Spot.SEARCH.value)}
kind = "search"
engine = "{ENGINE}"
query = {_quoted(QUERY)}
pages = 2
follow = {{ depth = 1 }}  # open the results and look at their images
tags = ["urgent"]  # its alerts do not wait
"""


def _quoted(text: str) -> str:
    """A TOML basic string: the same as JSON's for text without control characters above U+007E."""
    return json.dumps(text)
