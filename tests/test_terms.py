"""One term, one word: every catalogue is held to docs/terms.md."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pytest

from examgen.core.catalogue import Translation, translations

ROOT = Path(__file__).parents[1]
CATALOGUES = sorted([ROOT / "templates/locale/th.po", *ROOT.glob("examgen/locale/th/*.po")])
_CODE = re.compile(r"\{[^}]*\}|`[^`]*`|--[a-z-]+|[\w<>-]+[/.][\w<>-]*\w")
_IDIOM = re.compile(
    r"\bruns? (?:out|over|to|off)\b|did you mean|^means|\bcut (?:off|out|short|it)\b|\bdry run\b|\bwho(?:ever)? runs\b",
    re.IGNORECASE,
)
"""Where words of the trade are words of everyday."""
OTHERWISE = {
    'the template has no element with data-part="{name}"': "element",
    "The range of the true score is {low} to {high}, cut where scaled scores end.": "cut",
    "pass rate, percentage points": "points",
    "Fewer than {n} candidates: counted, not compared. Their percentages mean little, as the intervals say.": "mean",
    "What the signs mean": "mean",
    "If the key is wrong, this goes into corrections.yaml:": "correction",
    "If no option is right, this goes into corrections.yaml:": "correction",
    "too many page elements are nested in one another": "element",
    "`at` has {n} points. Give a number for each.": "points",
    "all distractors have the same form and the key has another": "form",
    "item–rest": "item",
    "severity": "severity",
    "Longest key run": "run",
    "longest run of a key letter": "run",
    "{folder} was not printed. Run {command} first": "Run",
    "counted for {before} when the form was made, and now counts for {now}": "form",
    "is for {pc}, which was reworded after the form was made": "form",
    "was changed in the bank after the form was made": "form",
    "a mean {quantity} of about {value}": "mean",
    "mean information of about {points}": "mean",
}
"""Messages whose English has a term in another sense, or which say it in Thai by a sign or a file's name."""


def terms() -> list[tuple[str, re.Pattern[str], list[str]]]:
    """Each term with the pattern of its wordings and the Thai words that may stand for it."""
    found = []
    for line in (ROOT / "docs/terms.md").read_text("utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if not line.startswith("|") or cells[0] in ("English", "---"):
            continue
        wordings = "|".join(re.escape(word.strip()) for word in cells[0].split(","))
        words = [cells[1], *(word.strip() for word in cells[2].split(",") if word.strip())]
        found.append((cells[0].split(",")[0], re.compile(rf"\b(?:{wordings})s?\b", re.IGNORECASE), words))
    return found


@cache
def _translated() -> list[tuple[Path, Translation]]:
    """Every message that has its Thai, with its catalogue."""
    return [(path, one) for path in CATALOGUES for one in translations(path) if one.thai]


@pytest.mark.parametrize("term", terms(), ids=lambda term: term[0])
def test_a_term_is_one_word(term: tuple[str, re.Pattern[str], list[str]]) -> None:
    name, pattern, words = term
    wrong = [
        f"{path.name}:{one.line}: {one.english!r} → {one.thai!r}"
        for path, one in _translated()
        if _lacks(one, pattern, words)
    ]
    assert not wrong, f"{name} is {words[0]}:\n" + "\n".join(wrong)


def _lacks(one: Translation, pattern: re.Pattern[str], words: list[str]) -> bool:
    """Whether the English has the term, and the Thai neither its words nor the term itself, as code is left."""
    return bool(pattern.search(_plain(one.english))) and not (
        any(word in one.thai for word in words) or pattern.search(one.thai)
    )


@cache
def _plain(english: str) -> str:
    """A message without its code, its idioms and what is meant otherwise."""
    return _IDIOM.sub("", _CODE.sub("", english)).replace(OTHERWISE.get(english, "\0"), "")


def test_the_exceptions_are_messages() -> None:
    known = {one.english for path in CATALOGUES for one in translations(path)}
    assert set(OTHERWISE) <= known


def test_thai_names_no_committee_that_the_english_does_not() -> None:
    """What a report says of a correction or a second look, anybody may have done."""
    named = [
        f"{path.name}:{one.line}: {one.thai}"
        for path in CATALOGUES
        for one in translations(path)
        if "คณะกรรมการ" in one.thai
        and not re.search("committee|minutes|board|panel|^We have seen", one.english, re.I)
    ]
    assert not named, "\n".join(named)
