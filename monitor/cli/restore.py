"""`restore`: the way back from a backup."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from monitor.cli import asking, options, printing
from monitor.errors import MonitorError, UsageError
from monitor.plain import several

if TYPE_CHECKING:
    from monitor.model.settings import Settings
    from monitor.services.restore_checks import Restored, RestoreWish
    from monitor.services.restored_settings import ToGiveAgain


def restore(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The backup.")],
    check: Annotated[bool, typer.Option("--check", help="Try it, to its last byte; nothing is changed.")] = False,
    identity: options.IdentityOption = None,
    passphrase_file: options.PassphraseFileOption = None,
    store_key: Annotated[
        Path | None, typer.Option("--store-key", metavar="FILE", help="The store's key itself, where you have it.")
    ] = None,
    to: Annotated[
        Path | None, typer.Option("--to", metavar="FILE", help="Where the store's key is to lie, on a new machine.")
    ] = None,
    data_dir: Annotated[
        Path | None, typer.Option("--data-dir", metavar="FOLDER", help="Where the data are to lie, on a new machine.")
    ] = None,
    settings_to: Annotated[
        Path | None, typer.Option("--settings-to", metavar="FOLDER", help="The settings in it, to look at.")
    ] = None,
) -> None:
    """Bring back what a backup holds. What is there now is kept aside. Stop the daemon first."""
    from monitor.config_places import is_set_up, place_of_new
    from monitor.services.on_server import refuse_backup
    from monitor.services.restore_checks import RestoreWish

    key = asking.key_in(store_key) if store_key is not None else None
    wish = RestoreWish(file, identity, lambda: asking.passphrase_of_identity(passphrase_file), key)
    here = is_set_up(options.given.config)
    config = None if here else place_of_new(options.given.config)
    settings = _known() if config is None else _new(config, data_dir)
    refuse_backup(settings, "a restore")
    if here and data_dir is not None:
        raise UsageError("there is a configuration, which says where the data lie", remedy="Leave --data-dir out.")
    if to is not None:
        from monitor.services.key_recovery import refuse_place

        refuse_place(to, settings.data_dir, config or settings.path)
    if check:
        _try(wish, settings, here, settings_to)
        return
    done = _restored(wish, settings, config)
    left_out = None
    if config is not None:
        left_out = _set_up(done, config, settings, to)
    else:
        _key_in_place(done, settings, to)
    _write_settings(done, settings_to)
    if left_out is not None:
        _tell_left_out(left_out)
    printing.say("Now start the daemon again. reupload-monitor doctor says whether all is well.")


def _known() -> Settings:
    """The store's key may be lost."""
    from monitor.config import load
    from monitor.errors import ConfigError
    from monitor.services.key_recovery import settings_without_key

    try:
        return load(options.given.config)
    except ConfigError:
        return settings_without_key(options.given.config)


def _new(config: Path, data_dir: Path | None) -> Settings:
    from monitor.config import default_data_dir
    from monitor.model.settings import Settings
    from monitor.services.restored_settings import refuse_what_is_there

    refuse_what_is_there(config)
    data = (data_dir or default_data_dir()).absolute()
    return Settings(path=None, data_dir=data, watchlist_dir=config.parent / "watchlists")


def _try(wish: RestoreWish, settings: Settings, here: bool, settings_to: Path | None) -> None:
    from monitor.cli.opening import opened
    from monitor.services.restoring import try_restore

    done = try_restore(wish, settings)
    printing.out(f"It holds: the backup of {_time(done)} can be restored.")
    if done.extent.value == "store":
        printing.say("It holds the store alone, as backups by schedule do: the sealed evidence is not in it.")
    _tell_missing(done)
    _write_settings(done, settings_to)
    if here:
        try:
            with opened(settings) as app:
                app.backups.note_trial(done.digest)
        except MonitorError as problem:  # the very reason why somebody looks at a backup
            printing.say(f"That it was tried could not be noted: {printing.plain(problem, 300)}")


def _restored(wish: RestoreWish, settings: Settings, config: Path | None) -> Restored:
    from monitor.clock import utc_now
    from monitor.services.restoring import bring_back, line_back

    printing.say("Reading the backup to its last byte, then unpacking it beside what is there ...")
    done = bring_back(wish, settings, utc_now())
    printing.out(f"restored  the backup of {_time(done)}")
    printing.out(f"data      {settings.data_dir}")
    if done.aside is not None:
        printing.out(f"before    {done.aside}")
        printing.say("What was there before lies in that folder. Remove it once you are sure that you need it no more.")
        printing.say("To go back to it, with the daemon stopped:")
        printing.say(f"  {line_back(settings, done.aside)}")
    if done.closed:
        closed = several(done.closed, "find or photo was", "finds and photos were")
        printing.say(f"{closed} closed as under 18 since, and did not come back.")
    if done.dismissed:
        dismissed = several(done.dismissed, "find", "finds")
        printing.say(f"{dismissed} that you dismissed since are dismissed again.")
    if done.extent.value == "store" and config is None:
        printing.say("It held the store alone: the sealed evidence in the vault stayed as it was.")
    elif done.extent.value == "store":
        printing.say("It held the store alone: the sealed evidence is in a backup of another kind, or lost.")
    _tell_missing(done)
    return done


def _set_up(done: Restored, config: Path, settings: Settings, to: Path | None) -> ToGiveAgain:
    """The key first: without it, nothing that the configuration names opens."""
    from dataclasses import replace

    from monitor.services import key_recovery
    from monitor.services.restored_settings import write_installation

    try:
        place = key_recovery.place_of_key(replace(settings, path=None), to)
    except UsageError:  # no keyring; a place that was named was judged before anything was done
        place = key_recovery.place_of_key(settings, config.parent / "store.key")
    key_recovery.put_key(done.key, place, settings)
    left_out = write_installation(done.settings, config, settings.data_dir, place.file)
    printing.out(f"key       {place.words}")
    printing.out(f"settings  {config}")
    return left_out


def _tell_left_out(left_out: ToGiveAgain) -> None:
    from monitor.cli.lacks_words import tell_lacks
    from monitor.tracking.readiness import lacking_secrets

    if left_out.channels:
        lost = several(left_out.channels, "alert channel has its address", "alert channels have their addresses")
        printing.say(f"warning: {lost} in no backup: to be given again. Until then nobody is told.")
        printing.say("    reupload-monitor alerts add")
    tell_lacks(lacking_secrets(left_out.secrets))


def _key_in_place(done: Restored, settings: Settings, to: Path | None) -> None:
    """Where it was opened by another than the one that is in its place."""
    from monitor.services import key_recovery

    if key_recovery.is_in_place(options.given.config, done.key):
        return
    try:
        place = key_recovery.place_of_key(settings, to)
        aside = key_recovery.put_key(done.key, place, settings)
    except MonitorError as problem:
        printing.say(f"The data are back; their key is not in its place yet: {printing.plain(problem, 300)}")
        printing.say("reupload-monitor recover-key --identity FILE puts it there (for a service: as root).")
        return
    printing.out(f"key       {place.words}")
    if aside is not None:
        printing.say(f"What lay there was another key, and is now {aside}.")


def _write_settings(done: Restored, folder: Path | None) -> None:
    if folder is None:
        return
    from monitor.services.restored_settings import write_own_files

    write_own_files(done.settings, folder)
    printing.out(f"settings  {folder}")


def _tell_missing(done: Restored) -> None:
    if done.missing:
        missing = several(len(done.missing), "sealed file was", "sealed files were")
        printing.say(f"{missing} missing already when it was made: reupload-monitor evidence verify")


def _time(done: Restored) -> str:
    from monitor.documents.times import utc_words

    return utc_words(done.made_at)
