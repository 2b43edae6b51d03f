"""Requests to take a picture down: whom to ask (channels, routing), in which words (drafts), by when
(clocks).

Nothing here opens a socket or sends anything. The person sends.
"""
