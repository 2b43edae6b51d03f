"""Every word of the catalogue, gathered by babel from modules and templates. `make words` writes them to
monitor/locale/monitor.pot, from which a translation begins; a test holds that it is current."""

from __future__ import annotations

import ast
import io
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_file
from babel.messages.pofile import write_po

ROOT = Path(__file__).parents[2]
WORDS = ROOT / "monitor" / "locale" / "monitor.pot"
_IN_MODULES = {"said": None, "said_many": (1, 2)}
_IN_TEMPLATES = {"_": None, "gettext": None, "ngettext": (1, 2)}
_AS_THE_PAGE = {"newstyle_gettext": "true", "trimmed": "false", "silent": "false"}


def gathered() -> Catalog:
    """In the order of the files, so that what stands together is translated together."""
    found = Catalog(project="reupload-monitor", charset="utf-8", creation_date=datetime(2026, 1, 1, tzinfo=UTC))
    for path in speaking():
        for _, message, comments, context in extract_from_file("python", path, _IN_MODULES):
            found.add(message, locations=[(_name(path), 0)], auto_comments=comments, context=context)
    for path in sorted((ROOT / "monitor" / "review" / "templates").rglob("*.html")):
        rows = extract_from_file("jinja2.ext:babel_extract", path, _IN_TEMPLATES, options=_AS_THE_PAGE)
        for _, message, comments, context in rows:
            found.add(message, locations=[(_name(path), 0)], auto_comments=comments, context=context)
    return found


def speaking() -> Iterator[Path]:
    """Modules that take words from the catalogue: elsewhere, `said` is another thing."""
    for path in sorted((ROOT / "monitor").rglob("*.py")):
        if "from monitor.catalogue import" in path.read_text("utf-8"):
            yield path


def _name(path: Path) -> str:
    return str(path.relative_to(ROOT))


def written() -> str:
    out = io.BytesIO()
    write_po(out, gathered(), width=120, include_lineno=False, omit_header=True)
    return out.getvalue().decode()


def keys() -> frozenset[str]:
    """The English of every message: of a plural one, both forms."""
    found = set[str]()
    for message in gathered():
        found |= {message.id} if isinstance(message.id, str) else set(message.id)
    return frozenset(found - {""})


def not_gathered() -> Iterator[str]:
    """Calls whose words no tool can gather, since they are no literals: `file:line`."""
    for path in speaking():
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ("said", "said_many"):
                words = node.args[: 1 if node.func.id == "said" else 2]
                if not all(isinstance(one, ast.Constant) and isinstance(one.value, str) for one in words) or not words:
                    yield f"{_name(path)}:{node.lineno}"


if __name__ == "__main__":
    WORDS.parent.mkdir(exist_ok=True)
    WORDS.write_text(written(), "utf-8")
    print(f"{WORDS.relative_to(ROOT)}: {len(gathered())} messages")
