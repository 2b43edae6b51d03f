"""How much of one page, feed or API answer is taken. A reader gives out no more, and the core accepts no more of it:
one number for both. What lies beyond a limit is left out, never an error; what a reader looks at on its way has limits
of its own, beside the code that looks."""

from __future__ import annotations

LEAST_FREE_BYTES = 500 * 1024 * 1024  # where the data lie; with less, the person is told
MAX_URL_CHARS = 8192  # longer ones are traps; RFC 9110 section 4.1 asks for at least 8,000 octets
MAX_DATA_URI_CHARS = 6 * 1024 * 1024  # about 4 MB of picture, written into the page itself
MAX_PAGE_IMAGES = 6000  # a thread of 5,000 posts, a picture in each; how many a run looks at is the watch's cap
MAX_ALTERNATIVES = 6  # of one image: asked for one after the other when it fails
MAX_SHOWN = 3  # of these, what the page shows by itself: as written, as its scripts load it, as a browser chose it
MAX_POSTS_OF_IMAGE = 1000  # of a list, in which it stands
MAX_POSTS_OF_PAGE = 6000
MAX_LISTED_PAGES = 10_000  # to open next, or more of the same list: as many as a frontier lets wait
MAX_OFFERED_LINKS = 2000  # of one page, for the program to choose of
MAX_PAGE_TEXT_CHARS = 20_000  # for the signs of walls and of what is gone; pages with more are full ones
MAX_TITLE_CHARS = 300
MAX_CAPTION_CHARS = 300  # a picture's alt text
MAX_FIELD_CHARS = 120  # an account, a time, what a post is called on its page
MAX_WINDOWS = 512  # parts of one picture: panels, and what is looked at closely
MAX_WINDOWS_READ = 24  # of these closely, at once: 4 MB, and a second or two of a reader
MAX_STYLESHEETS = 20  # named by one page
MAX_OUTLINES = 3  # hashes of what drawing filters make of an enrolled photo

EVIDENCE_STOPS_BELOW = 32 * 1024 * 1024
"""Free bytes. What is left then is for finds and for telling of them; evidence is fetched later, when there is room."""

CACHES_STOP_BELOW = 48 * 1024 * 1024
"""Free bytes. What is only remembered to save work is not written any more: it is asked for anew instead."""
MAX_ALERT_URL_CHARS = 80_000  # some 3,000 recipients
