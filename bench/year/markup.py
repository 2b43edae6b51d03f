"""What the simulated sites write."""

from __future__ import annotations

from collections.abc import Iterable

WORDS = (
    "<p>"
    + "Welcome to our album of animals and old buildings seen on the trips of the last summers, with notes on each. "
    * 8
    + "</p><p>"
    + "Whoever has better ones of the same places is asked to add them below; we sort them at the end of the month. "
    * 8
    + "</p>"
)


def page(title: str, body: str, head: str = "") -> str:
    return (
        f"<!doctype html><html lang=en><head><meta charset=utf-8><title>{title}</title>{head}</head>"
        f"<body><h1>{title}</h1>{WORDS}{body}</body></html>"
    )


def post(name: str, shown: str, permalink: str = "") -> str:
    way = f'<a rel="bookmark" href="{permalink}">{name}</a>' if permalink else ""
    return f'<article class="post" id="{name}"><p>Seen on the way, number {name}. {way}</p>{shown}</article>'


def links(of: Iterable[tuple[str, str]], css: str = "p") -> str:
    return "".join(f'<a class="{css}" href="{href}">{text}</a> ' for href, text in of)


LOGIN = (
    "<!doctype html><html><head><title>Log in</title></head><body><h1>Log in</h1><p>You must log in or register to "
    'view this page.</p><form action="/login" method=post><input name=user><input name=password type=password>'
    "<button>Log in</button></form></body></html>"
)
BOT_CHECK = (
    "<!doctype html><html><head><title>Just a moment...</title></head><body><h1>Checking your browser</h1>"
    "<script>window._cf_chl_opt={};</script><noscript>Enable JavaScript and cookies to continue</noscript>"
    "</body></html>"
)
MAINTENANCE = (
    "<!doctype html><html><head><title>Under maintenance</title></head><body><h1>Down for maintenance</h1>"
    "<p>We will be back soon.</p></body></html>"
)
DATABASE = (
    "<!doctype html><html><head><title>Database Error</title></head><body>"
    "<h1>Error establishing a database connection</h1></body></html>"
)
MEMBERS_ONLY = (
    '<div class="inner">You do not have the required permissions to view the files attached to this post.</div>',
    '<div class="attachments">You are not allowed to view attachments.</div>',
    '<div class="messageHide messageHide--attach">You must be registered for see images attach</div>',
    "<div class=rules>Du hast keine ausreichende Berechtigung, um die Dateianhänge dieses Beitrags anzusehen.</div>",
    '<div class="attach_nopermission attach_tips">您需要登录才可以下载或查看，没有账号？立即注册</div>',  # noqa: RUF001 (as it is written there)
    '<div class="postbody">Attached Images: you must be logged in to view attached files.</div>',
)
