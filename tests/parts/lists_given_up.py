"""What a confined core says of its watchlists and settings, while what they lead to is replaced. FOLDER, where the
settings lie -> one line of JSON, what was said at each step."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from monitor import watchlist
from monitor.daemon.given_up import GivenUp, true_reasons
from monitor.daemon.reloading import ReadFiles
from monitor.parts.confine.core import confine_core, lists_out_of_reach, may_write_in


def main(folder: str) -> None:
    place = Path(folder)
    files = ReadFiles(place / "config.toml")
    settings = files.load()
    confine_core(settings)
    said = dict[str, str]()

    def step(name: str) -> None:
        try:
            loaded = true_reasons(watchlist.load_all(files.load()))
            said[name] = ", ".join(one.name for one in loaded.watches)
            said[name] += " ".join(f"{error} {error.remedy}" for error in loaded.errors)
        except GivenUp as error:
            said[name] = f"the configuration: {error} {error.remedy}"

    step("as it was")
    for name in ("saved anew", "the folder anew", "another folder", "the lists anew", "the backups anew"):
        print(name, flush=True)  # who reads this does so, and answers
        sys.stdin.readline()
        step(name)
    said["desks"] = ", ".join(map(str, lists_out_of_reach(settings)))
    said["backups"] = str(may_write_in(Path(settings.backup.folder)))
    print(json.dumps(said))


if __name__ == "__main__":
    main(*sys.argv[1:])
