"""`enroll` and `match`: the person's own photos, read and let go."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from monitor.cli import enroll_words, opening, options, printing, progress
from monitor.cli.stopping import stoppable
from monitor.errors import WorkFailed
from monitor.model.enrolment import FileSteps
from monitor.model.match import Tier
from monitor.plain import several

if TYPE_CHECKING:
    from monitor.model.enrolment import Enrolment, FileMatch

Paths = Annotated[list[Path], typer.Argument(help="Image files, or folders of them.")]


def enroll(
    paths: Paths,
    label: Annotated[str | None, typer.Option(help="Default: the file's name without its ending.")] = None,
    adult: options.AdultOption = False,
    authorised: options.AuthorisedOption = None,
    as_json: options.JsonOption = False,
) -> None:
    """Fingerprint your photos. They are read, never copied, never uploaded."""
    from monitor.documents.references import enrolment_document

    async def work() -> Enrolment:
        async with opening.opened() as app:
            case = opening.chosen_case(app)
            opening.attested(app, case, adult, authorised)
            with progress.progress("Reading") as step, stoppable("the photo in hand") as is_stopped:
                steps = FileSteps(on_total=step.of, on_file=step, is_stopped=is_stopped)
                return await app.references.enroll(paths, case=case, label=label, steps=steps)

    done = opening.run_async(work())
    if as_json:
        printing.emit(enrolment_document(done))
    else:
        enroll_words.tell_enrolled(done)
    if done.outdated:
        printing.say(
            f"{several(done.outdated, 'photo was', 'photos were')} enrolled by another version: until the files are "
            "enrolled again, only hashes are compared, which misses crops, captions and screenshots."
        )
    if done.left:
        enroll_words.tell_stopped(done)
        raise KeyboardInterrupt
    if not done.enrolled and not done.known:
        raise WorkFailed(
            "nothing was enrolled" if done.skipped else "no files were found",
            remedy="The reasons stand above. JPEG, PNG, GIF, WebP, AVIF, HEIC, TIFF and BMP pictures can be enrolled."
            if not as_json
            else "",
        )


def match(
    paths: Paths,
    as_json: options.JsonOption = False,
    verbose: Annotated[bool, typer.Option("--verbose", help="With the figures of the comparison.")] = False,
) -> None:
    """Does a file show one of the enrolled photos? Looked at here, offline; nothing is kept or told."""
    from monitor.documents.references import file_match_document

    async def work() -> tuple[FileMatch, ...]:
        async with opening.opened_to_read() as app:
            case = opening.chosen_case(app)
            with progress.progress("Comparing") as step:
                steps = FileSteps(on_total=step.of, on_file=step)
                return await app.references.match(paths, case=case, steps=steps)

    rows = opening.run_async(work())
    if as_json:
        printing.emit({"results": [file_match_document(row) for row in rows]})
    else:
        for row in rows:
            printing.out(f"{printing.plain(row.file)}: {_answer(row)}")
            if verbose and row.match:
                printing.out(f"    {row.match.tier}, score {row.match.score:.2f}; {printing.plain(row.match.reason)}")
    if not any(row.match for row in rows):
        raise WorkFailed("none of the files could be read", remedy="Each one's reason stands above.")


def _answer(row: FileMatch) -> str:
    match = row.match
    if match is None:
        return f"could not be read: {printing.plain(row.error or '')}"
    photo = printing.plain(match.label or "", 60)
    if match.tier is Tier.NONE:
        return "none of your photos"
    sure = "your photo" if match.tier is Tier.MATCH else "perhaps your photo"
    how = "" if match.variant in ("", "as it is") else f" ({printing.plain(match.variant, 80)})"
    return f"{sure} {photo}{how}"
