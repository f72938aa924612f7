"""The handbook is held true: what it prints bold the site calls so, its commands are understood, links lead on.

Bold is a name on a page of the site – of a menu, a button, a field, a state – as the catalogue of that language
has it, `…` in place of what is filled in; nothing else is bold.
"""

from __future__ import annotations

import re
import shlex
from functools import cache
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

from examgen.core.catalogue import translations
from tests.every_command import every_command

ROOT = Path(__file__).parents[1]
HANDBOOK = ROOT / "handbook"
PAGES = sorted(path.relative_to(HANDBOOK).as_posix() for path in HANDBOOK.rglob("*.md"))
DJANGO = "examgen/site/locale/th/LC_MESSAGES/django.po"


@cache
def names(language: str) -> frozenset[str]:
    """What the site says in that language, `…` in place of values."""
    said = set()
    for path in (*ROOT.glob("examgen/locale/th/*.po"), ROOT / DJANGO):
        with path.open("rb") as file:
            for one in read_po(file):
                for text in [one.string] if language == "th" else [one.id]:
                    said |= {text} if isinstance(text, str) else set(text)
    return frozenset(_blanked(text) for text in said)


def _blanked(text: str) -> str:
    return re.sub(r"\{[^}]*\}", "…", text)


def menus() -> set[str]:
    """The places of the navigation, in Thai: the first words of each `Entry`."""
    said = re.findall(
        r"Entry\(\s*tell\(\"([^\"]+)\"\)", (ROOT / "examgen/site/navigation.py").read_text("utf-8")
    )
    assert "Exams" in said
    return {one.thai for one in translations(ROOT / "examgen/locale/th/site.po") if one.english in said}


def bold_of(page: Path) -> set[str]:
    return set(re.findall(r"\*\*(.+?)\*\*", page.read_text("utf-8")))


def language_of(name: str) -> str:
    return "en" if name.startswith("en/") else "th"


@pytest.mark.parametrize("name", PAGES)
def test_what_is_bold_is_what_the_site_calls_so(name: str) -> None:
    assert bold_of(HANDBOOK / name) - names(language_of(name)) == set()


def test_what_is_bold_in_thai_is_what_is_bold_in_english() -> None:
    """A name of another page ("ถอน" for "ถอนบทบาท") leads nobody to the button that is meant."""
    english: dict[str, set[str]] = {}
    for path in (*ROOT.glob("examgen/locale/th/*.po"), ROOT / DJANGO):
        with path.open("rb") as file:
            for one in read_po(file):
                if isinstance(one.id, str) and isinstance(one.string, str):
                    english.setdefault(_blanked(one.string), set()).add(_blanked(one.id))
    for name in (path.name for path in (HANDBOOK / "en").glob("*.md")):
        thai = HANDBOOK / "index.md" if name == "index.md" else HANDBOOK / "th" / name
        said, meant = (bold_of(path) for path in (thai, HANDBOOK / "en" / name))
        assert {one for one in said if not english[one] & meant} == set(), name
        assert meant <= {text for one in said for text in english[one]}, name


@pytest.mark.parametrize("name", [name for name in PAGES if language_of(name) == "th"])
def test_what_is_called_a_menu_is_one(name: str) -> None:
    assert set(re.findall(r"เมนู \*\*(.+?)\*\*", (HANDBOOK / name).read_text("utf-8"))) <= menus()


def test_both_languages_have_the_same_pages_places_and_commands() -> None:
    def frame(folder: Path, name: str) -> tuple[list[str], int, int, list[list[str]]]:
        text = (folder / name).read_text("utf-8")
        placed = re.findall(r"\{#([\w-]+)\}", text)
        commands = [re.findall(r"^examgen [a-z]+|--[a-z-]+", one) for one in commands_of(text)]
        return placed, text.count("\n## "), len(re.findall(r"^\d\. ", text, flags=re.M)), commands

    thai, english = HANDBOOK / "th", HANDBOOK / "en"
    there = {path.name for path in english.glob("*.md")}
    assert {path.name for path in thai.glob("*.md")} | {"index.md"} == there
    for name in there:
        assert frame(HANDBOOK if name == "index.md" else thai, name) == frame(english, name), name


def commands_of(text: str) -> list[str]:
    """Commands of examgen in blocks and between backticks."""
    blocks = re.findall(r"^```\n(.*?)^```", text, flags=re.S | re.M)
    lines = [line for block in blocks for line in block.splitlines()]
    return [one for one in (*lines, *re.findall(r"`([^`\n]+)`", text)) if one.startswith("examgen ")]


def test_commands_are_understood() -> None:
    every, n = dict(every_command()), 0
    for name in PAGES:
        for line in commands_of((HANDBOOK / name).read_text("utf-8")):
            words = shlex.split(line)[1:]
            if words[-1:] == ["--help"]:
                continue
            if words[:1] == ["scan"] and " ".join(words[:2]) not in every:
                words.insert(1, "read")
            depth = next(n for n in (3, 2, 1) if " ".join(words[:n]) in every)
            command = every[" ".join(words[:depth])]
            parser = command.make_parser(command.context_class(command))
            given, _, _ = parser.parse_args(words[depth:])  # raises for an option that it has not
            needed = [one.name for one in command.params if one.required and one.param_type_name == "option"]
            assert needed == [name for name in needed if given.get(name)], line
            n += 1
    assert n > 60


@pytest.mark.parametrize("name", PAGES)
def test_links_lead_somewhere(name: str) -> None:
    page = HANDBOOK / name
    for place in re.findall(r"\]\(([^)]+)\)", page.read_text("utf-8")):
        path, _, anchor = place.partition("#")
        if path.startswith("../pictures/"):
            assert (ROOT / "docs/images" / Path(path).name).is_file(), place
            continue
        there = (page.parent / path).resolve() if path else page
        assert there.is_file(), place
        assert not anchor or f"{{#{anchor}}}" in there.read_text("utf-8"), place
    for path in re.findall(r"`(docs/[\w./-]+)`", page.read_text("utf-8")):
        assert (ROOT / path).is_file(), path
    assert f": {name}\n" in (ROOT / "mkdocs.yml").read_text("utf-8")
