"""`review`: the page on which a person decides."""

from __future__ import annotations

from monitor.cli import opening, printing


def review() -> None:
    """Serve the local page and print its one-time link."""
    from monitor.alerts.zone import zone_of
    from monitor.review.links import Links
    from monitor.review.local import LocalCore
    from monitor.review.server import listening, serve_page, served
    from monitor.review.session import Sessions

    with opening.opened() as app:
        core = LocalCore(app)
        at = listening("127.0.0.1", 0)
        host = f"127.0.0.1:{at.getsockname()[1]}"
        links = Links()
        zone = zone_of(app.settings.digest.timezone)
        page = served(lambda: core, links, Sessions(), frozenset({host}), app.clock, zone)
        printing.out(f"http://{host}/enter/{links.new(app.clock())}")
        opening.run_async(serve_page(page, at))
