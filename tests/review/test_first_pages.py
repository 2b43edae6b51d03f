"""The pages of the first use: what is sent is handed on as it was typed, what is wrong is told beside its field."""

from __future__ import annotations

import re
from urllib.parse import urlencode

import httpx
import pytest

from monitor.review.port.first_use import (
    ChannelTyped,
    FirstStep,
    NewWords,
    PlaceTyped,
    PromiseNow,
    StepState,
    WhoElse,
    WhoSpeaks,
    WrongAnswer,
)
from tests.review.asking import asking
from tests.review.first_steps import GivenFirstUse, all_in
from tests.review.shown.first import STATES, BeginsWith
from tests.review.state import State


async def token_of(client: httpx.AsyncClient) -> str:
    page = (await client.get("/begin/1")).text
    return page.split('name="token" value="')[1].split('"')[0]


async def sent(client: httpx.AsyncClient, path: str, *fields: tuple[str, str]) -> httpx.Response:
    """As a form of the page is."""
    body = urlencode([("token", await token_of(client)), *fields]).encode()
    return await client.post(path, content=body, headers={"content-type": "application/x-www-form-urlencoded"})


@pytest.mark.parametrize("state", [pytest.param(state, id=state.name) for state in STATES])
async def test_every_state_is_a_page(state: State) -> None:
    async with asking(state.core()) as client:
        answer = await (client.get(state.path) if state.sends is None else sent(client, state.path, *state.sends))
        if answer.status_code == 303:
            answer = await client.get(answer.headers["location"])
        assert answer.status_code in (200, 422)
        assert answer.text.count("<h1") == 1
        shown = re.sub(r'value="[^"]*"', "", answer.text)  # what was typed is typed still
        assert not [sign for sign in ("<script>alert", "\u202e", "\x1b") if sign in shown]
        assert ("is-wrong" in answer.text) == (answer.status_code == 422)
        if answer.status_code == 422:
            assert 'role="alert"' in answer.text
            assert 'aria-invalid="true"' in answer.text or "<fieldset class" in answer.text


async def test_without_a_configuration_every_page_leads_here() -> None:
    async with asking(BeginsWith(GivenFirstUse(set_up_already=False))) as client:
        for path in ("/", "/begin/4", "/begin/5", "/begin/6", "/begin/7"):
            answer = await client.get(path)
            assert (answer.status_code, answer.headers["location"]) == (303, "/begin")
        begin = await client.get("/begin")
        assert begin.status_code == 200 and "<nav" not in begin.text  # nothing else is offered
        assert (await client.get("/help")).status_code == 200
    async with asking(BeginsWith(GivenFirstUse())) as client:
        assert "<nav" in (await client.get("/begin")).text


SENT = {
    "who else": ("/begin/1", (("computer", "no"), ("mailbox", "no")), None, "/begin/2"),
    "the promise": (
        "/begin/2",
        (("adult", "yes"), ("authority", "self"), ("name", "Jane"), ("email", "j@x.example"), ("country", "DE")),
        ("self", WhoSpeaks("Jane", "j@x.example", "DE")),
        "/begin/3",
    ),
    "a passphrase": (
        "/begin/3",
        (("act", "make"), ("words", "a b"), ("again", "c d"), ("key_on_sheet", "1")),
        NewWords("a b", "c d", key_on_sheet=True),
        "/begin/3",
    ),
    "no passphrase yet": ("/begin/3", (("act", "later"),), None, "/begin/4"),
    "a folder": ("/begin/4", (("folder", "~/Pictures"),), "~/Pictures", "/begin/4"),
    "stop it": ("/begin/4", (("act", "stop"),), "stop", "/begin/4"),
    "under 18": ("/begin/4/under-18", (("picture", "p1"), ("sure", "yes")), "p1", "/begin/4"),
    "no more photos": ("/begin/4/done", (), None, "/begin/5"),
    "a place": (
        "/begin/5",
        (("text", " x.example "), ("is_list", "yes"), ("engine", ""), ("name", "x"), ("every", "1h"), ("act", "add")),
        PlaceTyped("x.example", "yes", "", "x", "1h"),
        "/begin/6",
    ),
    "a channel": (
        "/begin/6/mail",
        (("address", "j@x.example"), ("password", " p "), ("security", "ssl"), ("other", "x")),
        ChannelTyped("mail", {"address": "j@x.example", "password": " p ", "security": "ssl"}),
        "/begin/6",
    ),
    "a channel less": ("/begin/6/take-out", (("place", "2"),), 2, "/begin/6"),
    "it came": ("/begin/6/heard", (("came", "yes"),), "heard", "/begin/7"),
    "it did not": ("/begin/6/heard", (("came", "no"),), None, "/begin/6?came=no"),
    "a step that waits": ("/begin/1/wait", (), FirstStep.WHO_ELSE, "/begin/2"),
    "the last step waits": ("/begin/7/wait", (), FirstStep.LOOK, "/begin"),
    "a step that is none": ("/begin/9/wait", (), None, "/begin"),
}


@pytest.mark.parametrize(
    ("path", "fields", "expected", "leads_to"), [pytest.param(*row, id=name) for name, row in SENT.items()]
)
async def test_what_is_sent_is_handed_on(
    path: str, fields: tuple[tuple[str, str], ...], expected: object, leads_to: str
) -> None:
    first = GivenFirstUse()
    async with asking(BeginsWith(first)) as client:
        answer = await sent(client, path, *fields)
    assert (answer.status_code, answer.headers["location"]) == (303, leads_to)
    assert first.sent == ([] if expected is None and path != "/begin/3" else [expected, *first.sent[1:]])


async def test_a_no_leads_to_the_services_and_nothing_else() -> None:
    first = GivenFirstUse()
    async with asking(BeginsWith(first)) as client:
        answer = await sent(client, "/begin/2", ("adult", "no"))
        assert answer.headers["location"] == "/begin"
        page = (await client.get("/begin")).text
    assert first.promised == PromiseNow(refused=True) and not first.sent and "<nav" not in page
    assert "https://services.example" in page and "/begin/3" not in page and "/begin/4" not in page


async def test_somebody_else_is_told_what_helps() -> None:
    first = GivenFirstUse()
    async with asking(BeginsWith(first)) as client:
        answer = await sent(client, "/begin/1", ("computer", "yes"), ("mailbox", "no"))
        assert answer.headers["location"] == "/begin/1"
        page = (await client.get("/begin/1")).text
    assert first.who == WhoElse(True, False)
    assert "private window" in page and "A new mail address" not in page


async def test_what_was_typed_is_still_there_but_secrets() -> None:
    state = next(one for one in STATES if one.name == "begin 2: no such country")
    async with asking(state.core()) as client:
        page = (await sent(client, state.path, *state.sends or ())).text
    assert 'value="Atlantis"' in page and "checked" in page
    for name in ("begin 3: not the same", "begin 6: no mail address"):
        state = next(one for one in STATES if one.name == name)
        async with asking(state.core()) as client:
            fields = [*(state.sends or ()), ("words", "a secret"), ("password", "a secret")]
            assert "a secret" not in (await sent(client, state.path, *fields)).text


async def test_what_is_wrong_is_told_by_the_name_of_each_question_and_all_at_once() -> None:
    async with asking(BeginsWith(GivenFirstUse())) as client:
        page = (await sent(client, "/begin/1")).text
        assert "open this computer.</a>" in page and "read your mail or see your telephone.</a>" in page
    wrong = GivenFirstUse(wrong=lambda: WrongAnswer("no country is known as that", field="country"))
    async with asking(BeginsWith(wrong)) as client:
        page = (await sent(client, "/begin/2", ("country", "x"))).text
    assert 'href="#adult"' in page and 'href="#country"' in page


async def test_a_passphrase_that_is_none_shows_no_words_and_says_that_none_were_kept() -> None:
    promised = GivenFirstUse(
        promised=PromiseNow(is_given=True, authority="self"),
        wrong=lambda: WrongAnswer("these words are too short", field="words"),
    )
    async with asking(BeginsWith(promised)) as client:
        page = (await sent(client, "/begin/3", ("act", "make"), ("words", "x"))).text
    assert "What you typed was not kept" in page and '<details class="card">' in page


async def test_the_first_look_ends_with_what_waits_whoever_found_it() -> None:
    """The daemon may have looked before the button was pressed: then that look has found nothing that is new."""
    state = next(one for one in STATES if one.name == "begin 7: looked")
    async with asking(state.core()) as client:
        assert "2 copies wait for your word." in (await client.get("/begin/7")).text


async def test_the_order_that_is_left() -> None:
    """After a step comes the next one that is open."""
    states = all_in(StepState.DONE) | {FirstStep.LOOK: StepState.OPEN}
    async with asking(BeginsWith(GivenFirstUse(states=states))) as client:
        assert (await sent(client, "/begin/4/done")).headers["location"] == "/begin/7"
    async with asking(BeginsWith(GivenFirstUse(states=all_in(StepState.DONE)))) as client:
        assert (await sent(client, "/begin/4/done")).headers["location"] == "/begin"


# --- files


def upload(*parts: tuple[str, str | None, bytes], edge: str = "edge") -> tuple[bytes, dict[str, str]]:
    body = b""
    for name, file, content in parts:
        of_file = "" if file is None else f'; filename="{file}"'
        body += f'--{edge}\r\nContent-Disposition: form-data; name="{name}"{of_file}\r\n\r\n'.encode()
        body += content + b"\r\n"
    return body + f"--{edge}--\r\n".encode(), {"content-type": f"multipart/form-data; boundary={edge}"}


async def test_files_are_handed_on_one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("monitor.review.pages.begin_photos.MOST_PHOTO_BYTES", 1_000)
    first = GivenFirstUse()
    async with asking(BeginsWith(first)) as client:
        token = ("token", None, (await token_of(client)).encode())
        files = [("photos", "a.jpg", b"a" * 1_000), ("photos", "", b""), ("photos", "b.jpg", b"b" * 1_001)]
        body, headers = upload(token, *files, ("photos", "c.jpg", b""), ("other", None, b"x"))
        answer = await client.post("/begin/4/files", content=body, headers=headers)
    assert (answer.status_code, answer.headers["location"]) == (303, "/begin/4")
    assert [name for name, _ in first.took] == ["a.jpg", "b.jpg", "c.jpg"]
    assert first.took[0][1] == b"a" * 1_000 and "MB" in str(first.took[1][1]) and first.took[2][1] == b""


REFUSED = {
    "no token": ([("photos", "a.jpg", b"a")], 403),
    "a wrong token": ([("token", None, b"guessed"), ("photos", "a.jpg", b"a")], 403),
    "the token as a file": ([("token", "token", b"{token}"), ("photos", "a.jpg", b"a")], 403),
    "the token behind the file": ([("photos", "a.jpg", b"a"), ("token", None, b"{token}")], 403),
}


@pytest.mark.parametrize(("parts", "status"), [pytest.param(*row, id=name) for name, row in REFUSED.items()])
async def test_files_without_the_token_are_not_read(parts: list[tuple[str, str | None, bytes]], status: int) -> None:
    first = GivenFirstUse()
    async with asking(BeginsWith(first)) as client:
        token = (await token_of(client)).encode()
        body, headers = upload(*((name, file, content.replace(b"{token}", token)) for name, file, content in parts))
        assert (await client.post("/begin/4/files", content=body, headers=headers)).status_code == status
    assert not first.took


async def test_what_was_read_before_it_was_cut_off_stays() -> None:
    first = GivenFirstUse()
    async with asking(BeginsWith(first)) as client:
        token = ("token", None, (await token_of(client)).encode())
        body, headers = upload(token, ("photos", "a.jpg", b"a"), ("photos", "b.jpg", b"b" * 500))
        answer = await client.post("/begin/4/files", content=body[:-300], headers=headers)
        assert answer.status_code < 500
    assert first.took == [("a.jpg", b"a")]
