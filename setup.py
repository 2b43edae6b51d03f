"""What pip and pipx install with the program: the versions in requirements.lock, which are the ones that were tested
(docs/decisions/0048-tested-versions.md). They check no hashes of them; `make install` does."""

from pathlib import Path

from setuptools import setup


def lines_of_lock(text: str) -> list[str]:
    """As in monitor/versions.py, which cannot be imported here: what it needs is not installed yet."""
    lines = (line.removesuffix("\\").strip() for line in text.splitlines() if "==" in line and line[:1].isalnum())
    return [line for line in lines if not line.startswith("setuptools==")]


setup(install_requires=lines_of_lock((Path(__file__).parent / "requirements.lock").read_text("utf-8")))
