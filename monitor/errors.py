"""The one error tree. Every error says what happened, and what to do about it.

MonitorError                 base; only `cli/` (exit code) and `daemon/` (log, go on) catch it
├── UsageError               the command's words or the configuration are wrong         exit 2
│   └── InFileError          names file, line and key
│       ├── ConfigError      config.toml
│       └── WatchlistError   watchlists/*.toml
├── NeedsUser                something only the person can give or decide               exit 3
│   ├── AttestationMissing   adults only, own pictures or with authority
│   ├── UnderAge             someone was or may have been under 18: nothing is done here
│   └── Locked               a key or passphrase is missing
└── WorkFailed               the work itself failed                                     exit 1
    ├── UnreadableImage      bytes that are no usable picture
    ├── FetchFailed          an address that could not be fetched (carries the outcome)
    ├── StoreError           the store cannot be opened, is damaged, is in use
    │   └── NewerStore       a newer version of the program wrote it, or upgraded it just now
    ├── SealError            evidence cannot be sealed or opened
    ├── AlertFailed          an alert channel did not take the alert
    └── DraftIncomplete      a notice lacks an element that the law or the form wants
"""

from __future__ import annotations


class MonitorError(Exception):
    """`str(error)` says what happened and why; `remedy` says what to do."""

    exit_code = 1

    def __init__(self, message: str, *, remedy: str = "") -> None:
        super().__init__(message)
        self.remedy = remedy


class UsageError(MonitorError):
    exit_code = 2


def no_such(what: str, name: str, case: str, listing: str) -> UsageError:
    """An id that the case does not have. Whether another case has it is not told: cases know nothing of each other."""
    return UsageError(
        f"there is no {what} {name!r} in the case {case!r}, or several begin so",
        remedy=f"`reupload-monitor {listing} --case {case}` shows those of this case; another case: --case NAME.",
    )


class InFileError(UsageError):
    """`file` '' and `line` 0 where it has none; `key` as written. The message holds them too."""

    def __init__(self, message: str, *, remedy: str = "", file: str = "", line: int = 0, key: str = "") -> None:
        super().__init__(message, remedy=remedy)
        self.file, self.line, self.key = file, line, key


class ConfigError(InFileError):
    pass


class WatchlistError(InFileError):
    case: str = ""
    """Whose watch it is; '' where that cannot be known, of a file that is no TOML, say."""


class NeedsUser(MonitorError):
    exit_code = 3


class AttestationMissing(NeedsUser):
    pass


class UnderAge(NeedsUser):
    pass


class Locked(NeedsUser):
    pass


class WorkFailed(MonitorError):
    exit_code = 1


class UnreadableImage(WorkFailed):
    """`kind` is stable and short: `not_an_image`, `unsupported`, `too_large`, `too_many_pixels`, `broken`,
    `featureless`, `reader_died`, `reader_timeout`."""

    def __init__(self, message: str, *, kind: str, remedy: str = "") -> None:
        super().__init__(message, remedy=remedy)
        self.kind = kind


class FetchFailed(WorkFailed):
    pass


class StoreError(WorkFailed):
    pass


class NewerStore(StoreError):
    pass


class SealError(WorkFailed):
    pass


class AlertFailed(WorkFailed):
    pass


class DraftIncomplete(WorkFailed):
    """`missing` names the elements, in the words of the form or the law."""

    def __init__(self, message: str, *, missing: tuple[str, ...], remedy: str = "") -> None:
        super().__init__(message, remedy=remedy)
        self.missing = missing
