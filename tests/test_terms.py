"""One term, one word: every catalogue is held to docs/terms.md."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from examgen.papers.language import Translation, translations

ROOT = Path(__file__).parents[1]
CATALOGUES = sorted([ROOT / "templates/locale/th.po", *ROOT.glob("examgen/locale/th/*.po")])
OTHERWISE = {
    "The range of the true score is {low} to {high}, cut where scaled scores end.": "cut",
    "fewer fields than the header: the row was cut": "cut",
    "pass rate, percentage points": "points",
    "% of the mean": "mean",
    "Fewer than {n} candidates: counted, not compared. Their percentages mean little, as the intervals say.": "mean",
    "What the signs mean": "mean",
    "If the key is wrong, this goes into corrections.yaml:": "correction",
    "If no option is right, this goes into corrections.yaml:": "correction",
    "{name}: candidates of these statistics are synthetic.": "candidate",
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


@pytest.mark.parametrize("term", terms(), ids=lambda term: term[0])
def test_a_term_is_one_word(term: tuple[str, re.Pattern[str], list[str]]) -> None:
    name, pattern, words = term
    said = [(path, one) for path in CATALOGUES for one in translations(path) if one.thai]
    wrong = [
        f"{path.name}:{one.line}: {one.english!r} → {one.thai!r}"
        for path, one in said
        if _lacks(one, pattern, words)
    ]
    assert not wrong, f"{name} is {words[0]}:\n" + "\n".join(wrong)


def _lacks(one: Translation, pattern: re.Pattern[str], words: list[str]) -> bool:
    english = re.sub(r"\{[^}]*\}|`[^`]*`", "", one.english)
    english = english.replace(OTHERWISE.get(one.english, "\0"), "")
    return bool(pattern.search(english)) and not any(word in one.thai for word in words)


def test_the_exceptions_are_messages() -> None:
    known = {one.english for path in CATALOGUES for one in translations(path)}
    assert set(OTHERWISE) <= known
