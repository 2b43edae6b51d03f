"""The first use: the seven steps, and the first three of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from starlette.exceptions import HTTPException
from starlette.responses import Response

from monitor.catalogue import said
from monitor.errors import MonitorError
from monitor.guide.reading import read_guide
from monitor.review.asked import PageAsked
from monitor.review.pages.guide import topic_path
from monitor.review.port.first_use import (
    FirstStep,
    FirstUse,
    NewWords,
    PromiseNow,
    StepNow,
    StepState,
    WhoElse,
    WhoSpeaks,
    WrongAnswer,
)
from monitor.review.routing import get, post
from monitor.review.ways import remedy_of

HOME = "/begin"


@dataclass(frozen=True, slots=True)
class StepWords:
    """title: of its page. about: what is done there, in a sentence."""

    title: str
    about: str


def step_words(step: FirstStep) -> StepWords:
    match step:
        case FirstStep.WHO_ELSE:
            return StepWords(
                said("Who else opens this computer or your mailbox"), said("So that nobody reads this with you.")
            )
        case FirstStep.PROMISE:
            return StepWords(
                said("Whose pictures these are, and how old everybody was"),
                said("Nothing is looked at before this is answered."),
            )
        case FirstStep.PASSPHRASE:
            return StepWords(
                said("A passphrase, and a sheet of paper"),
                said("What is found is sealed, so that only you can open it."),
            )
        case FirstStep.PHOTOS:
            return StepWords(
                said("Your photos"), said("They are read here and let go; only numbers by which copies are known stay.")
            )
        case FirstStep.PLACE:
            return StepWords(said("A first place to look at"), said("Paste a link, or words to search for."))
        case FirstStep.ALERTS:
            return StepWords(said("How you are told"), said("By a mail, or on a telephone, in words that say little."))
        case FirstStep.LOOK:
            return StepWords(said("The first look"), said("Look once now, and see what it came to."))


def the_first_use(asked: PageAsked) -> FirstUse:
    """Where it is to be had: not where another program answers the port."""
    if asked.first_use is None:
        raise HTTPException(404)
    return asked.first_use


def step_path(step: FirstStep) -> str:
    return f"{HOME}/{step.value}"


async def onward(asked: PageAsked, step: FirstStep, told: str) -> Response:
    """To the next step that is open, or to all of them."""
    for one in await the_first_use(asked).steps():
        if one.step > step and one.state is StepState.OPEN:
            return asked.back(step_path(one.step), told=told)
    return asked.back(HOME, told=told)


def wrong_fields(error: MonitorError) -> tuple[tuple[str, str], ...]:
    """What is wrong, by field, for `m.wrongs` and the fields themselves."""
    remedy = remedy_of(error)
    words = said("%(what)s. %(remedy)s", what=_sentence(str(error)), remedy=remedy) if remedy else str(error)
    return ((error.field if isinstance(error, WrongAnswer) else "main", words),)


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}".rstrip(".")


async def _page(asked: PageAsked, template: str, *, status: int = 200, **values: object) -> Response:
    """Other pages are offered once there is something on them, and not after a no."""
    first = the_first_use(asked)
    is_alone = not await first.is_set_up() or (await first.promise()).refused
    return asked.page(template, status=status, is_alone=is_alone, **values)


async def _begin(asked: PageAsked) -> Response:
    promise = await the_first_use(asked).promise()
    if promise.refused:
        return await _only_services(asked)
    steps = await the_first_use(asked).steps()
    return await _page(
        asked, "begin/steps.html", steps=[(one, step_words(one.step)) for one in steps], next=_next_of(steps)
    )


def _next_of(steps: tuple[StepNow, ...]) -> StepNow | None:
    """The first that is open, else the first that waits."""
    for state in (StepState.OPEN, StepState.WAITS):
        for one in steps:
            if one.state is state:
                return one
    return None


async def _only_services(asked: PageAsked) -> Response:
    return await _page(
        asked, "begin/services.html", services=read_guide(await the_first_use(asked).services_for_minors())
    )


async def _wait(asked: PageAsked) -> Response:
    step = _step(asked.path["step"])
    if step is None:
        return asked.back(HOME)
    await the_first_use(asked).put_off(step)
    return await onward(asked, step, said("This step waits. You can take it up again at any time."))


def _step(written: str) -> FirstStep | None:
    return next((one for one in FirstStep if str(one.value) == written), None)


# --- one: who else


async def _who(asked: PageAsked) -> Response:
    return await _who_page(asked, await the_first_use(asked).who_else())


async def _who_page(asked: PageAsked, who: WhoElse, faults: Sequence[tuple[str, str]] = ()) -> Response:
    guide = topic_path("support") if await the_first_use(asked).is_set_up() else ""
    return await _page(asked, "begin/who.html", status=422 if faults else 200, who=who, guide=guide, faults=faults)


async def _say_who(asked: PageAsked) -> Response:
    answers = {"yes": True, "no": False}
    who = WhoElse(answers.get(asked.form.one("computer")), answers.get(asked.form.one("mailbox")))
    faults = [
        (name, words)
        for name, answer, words in (
            ("computer", who.computer, said("Say whether anybody else can open this computer.")),
            ("mailbox", who.mailbox, said("Say whether anybody else can read your mail or see your telephone.")),
        )
        if answer is None
    ]
    if faults:
        return await _who_page(asked, who, faults)
    await the_first_use(asked).say_who_else(who)
    if who.computer or who.mailbox:
        return asked.back(step_path(FirstStep.WHO_ELSE), told=said("Noted. What helps then stands below."))
    return await onward(asked, FirstStep.WHO_ELSE, said("Good. Should that change, come back to this step."))


# --- two: the promise


async def _promise(asked: PageAsked) -> Response:
    promise = await the_first_use(asked).promise()
    return await _page(asked, "begin/promise.html", promise=promise, adult="yes" if promise.is_given else "", faults=())


async def _give_promise(asked: PageAsked) -> Response:
    form = asked.form
    adult, authority = form.one("adult"), form.one("authority")
    speaks = WhoSpeaks(form.one("name"), form.one("email"), form.one("country"))
    if adult == "no":
        await the_first_use(asked).refuse_promise()
        return asked.back(HOME)
    unsaid = WrongAnswer(
        said("it was not said whether everybody was 18 or older"), field="adult", remedy=said("Choose one of the two.")
    )
    wrong = (*([] if adult == "yes" else [unsaid]), *await the_first_use(asked).wrong_in_promise(authority, speaks))
    if wrong:
        typed = PromiseNow(authority=authority, speaks=speaks)
        faults = [fault for one in wrong for fault in wrong_fields(one)]
        return await _page(asked, "begin/promise.html", status=422, promise=typed, adult=adult, faults=faults)
    await the_first_use(asked).give_promise(authority, speaks)
    return await onward(asked, FirstStep.PROMISE, said("Noted, with the time."))


# --- three: the passphrase, and everything is made


async def _passphrase(asked: PageAsked) -> Response:
    return await _passphrase_page(asked)


async def _passphrase_page(asked: PageAsked, error: MonitorError | None = None, *, with_key: bool = False) -> Response:
    """What was typed is not shown again: it is a secret."""
    first = the_first_use(asked)
    return await _page(
        asked,
        "begin/passphrase.html",
        status=422 if error else 200,
        promise=await first.promise(),
        kept=await first.kept(),
        six=await first.offered_words(),
        with_key=with_key,
        faults=wrong_fields(error) if error else (),
    )


async def _set_up(asked: PageAsked) -> Response:
    form, first = asked.form, the_first_use(asked)
    if form.one("act") == "other":
        await first.offered_words(new=True)
        return asked.back(step_path(FirstStep.PASSPHRASE), focus="six")
    is_later, with_key = form.one("act") == "later", form.one("key_on_sheet") == "1"
    was = await first.kept()
    try:
        kept = await first.set_up(None if is_later else NewWords(form.one("words"), form.one("again"), with_key))
    except WrongAnswer as error:
        return await _passphrase_page(asked, error, with_key=with_key)
    if is_later:
        await first.put_off(FirstStep.PASSPHRASE)
        told = said("Everything is made. No evidence is kept until there is a passphrase.")
        return await onward(asked, FirstStep.PASSPHRASE, told)
    if was.is_sealed:
        return asked.back(
            step_path(FirstStep.PASSPHRASE), told=said("There is a passphrase already. It stays as it is.")
        )
    told = said("Made. What is found from now on is sealed to your passphrase.") if kept.is_sealed else ""
    return asked.back(step_path(FirstStep.PASSPHRASE), told=told, focus="away")


async def _sheet(asked: PageAsked) -> Response:
    return await _page(asked, "begin/sheet.html", sheet=await the_first_use(asked).sheet())


routes = (
    get(HOME, _begin, needs_store=False),
    post("/begin/{step:int}/wait", _wait, needs_store=False),
    get("/begin/1", _who, needs_store=False),
    post("/begin/1", _say_who, needs_store=False),
    get("/begin/2", _promise, needs_store=False),
    post("/begin/2", _give_promise, needs_store=False),
    get("/begin/3", _passphrase, needs_store=False),
    post("/begin/3", _set_up, needs_store=False),
    get("/begin/3/sheet", _sheet),
)
