"""What travels with the package: built-in templates and fonts, the starter bank, the example page."""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parents[1]


def builtin(name: str) -> Path:
    """Returns the folder of the built-in `templates` or `item_bank`: in an installed wheel, else in the
    checkout."""
    packaged = _PACKAGE / "data" / name
    return packaged if packaged.is_dir() else _PACKAGE.parent / name


def template_folders(workspace: Path) -> tuple[Path, ...]:
    """Returns the folders in which templates are looked up: the workspace's overrides first, then the
    built-in ones."""
    own = workspace / "templates"
    return (own, builtin("templates")) if own.is_dir() else (builtin("templates"),)


def fonts() -> Path:
    """Returns the folder of the shipped Sarabun font files."""
    return builtin("templates") / "fonts"


def example_page() -> Path:
    """Returns the path of a unit page that we wrote, in the style of the published ones."""
    return _PACKAGE / "data" / "example-unit.txt"


def word_document() -> Path:
    """Returns the folder of the parts of a Word document that contain no text: styles, lists, settings."""
    return _PACKAGE / "data" / "word"


def qualification_levels() -> Path:
    """Returns the path of the file with the eight levels of the national qualification framework."""
    return _PACKAGE / "data" / "qualification-levels.yaml"


def rule_pages() -> Path:
    """Returns the folder of the pages on the rules of `bank check`, one Markdown file each."""
    packaged = _PACKAGE / "data" / "rules"
    return packaged if packaged.is_dir() else _PACKAGE.parent / "docs" / "rules"
