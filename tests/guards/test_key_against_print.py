"""The letter of key.csv finds the key's text in the booklet, as a candidate reads it.

What is right comes from the item bank alone, what is printed from the text of the booklets' pages, and no order of
options from any file: the order is found by laying the option texts of the bank against the page. Both seeds, two
forms of each as they stand and a booklet for each candidate, choices in Thai and in Latin letters.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from itertools import permutations
from pathlib import Path
from typing import Any, NamedTuple

import pypdfium2
import pytest
import yaml

from tests.guards.commands import Examgen, read_csv, write_csv

# Beyond the contract: how a page says whose it is, and how a blueprint asks for personal orders.
FORM_OF_A_PAGE = re.compile(r"/ Form\s+([A-Z][\w-]*)")
PERSONAL = "papers: {personal: {items: true, options: true}, spare: 1}\n"

BLUEPRINT = """
exam: X
title: {{th: ทดสอบ, en: Test}}
units: [{unit}]
forms: 2
items: {items}
statuses: [draft]
time_min: 45
pass: {{percent: 60}}
choices: {choices}
seed: 3
"""
CANDIDATES: list[list[object]] = [
    ["candidate_id", "name", "room", "seat"],
    *(list[object]((f"10{n:02d}", f"นาย{n}", "1", f"A{n}")) for n in range(5)),
]
LETTERS = {"thai": "กขคงจ", "latin": "ABCDE"}


class Case(NamedTuple):
    """An exam that is printed."""

    unit: str
    level: str
    items: int
    choices: str
    personal: bool


CASES = {
    "DG fixed thai": Case("DG-TWRT-007", "", 24, "thai", personal=False),
    "DG personal latin": Case("DG-TWRT-007", "", 12, "latin", personal=True),
    "REE fixed latin": Case("ASM-REE-5-059ZB", "level: 4\n", 24, "latin", personal=False),
    "REE personal thai": Case("ASM-REE-5-059ZB", "level: 3\n", 12, "thai", personal=True),
}


def bare(text: str) -> str:
    """What of a text surely comes out of a PDF as it went in: letters and digits, without marks and blanks."""
    text = unicodedata.normalize("NFKC", text.replace("ำ", "า"))
    return "".join(re.findall(r"[A-Za-z0-9ก-ะาเ-ไๆ๐-๙.]", text))


def bank(workspace: Path, unit: str) -> dict[str, dict[str, Any]]:
    """The items of a unit."""
    paths = sorted((workspace / "item_bank" / unit / "items").glob("*.yaml"))
    return {item["id"]: item for path in paths for item in yaml.safe_load(path.read_text("utf-8"))}


def with_two_right_answers(workspace: Path, unit: str) -> None:
    """Have two options right in all items but those of families, which have other keys each."""
    for path in sorted((workspace / "item_bank" / unit / "items").glob("*.yaml")):
        items = yaml.safe_load(path.read_text("utf-8"))
        for item in items:
            if "family" not in item:
                item["key"] = sorted({item["key"], "c" if item["key"] == "a" else "a"})
                item["rationale"] = dict.fromkeys(item["options"], "–")
        path.write_text(yaml.safe_dump(items, allow_unicode=True, sort_keys=False), "utf-8")


def pages(papers: Path) -> dict[str, list[str]]:
    """The texts of the pages of all booklets, by the form that they name."""
    found: dict[str, list[str]] = defaultdict(list)
    for path in sorted(papers.rglob("booklet*.pdf")):
        with pypdfium2.PdfDocument(path) as document:
            for page in document:
                text = page.get_textpage().get_text_range()
                if named := FORM_OF_A_PAGE.search(text):
                    found[named[1]].append(bare(text))
    return found


def printed_orders(
    item: dict[str, Any], letters: str, texts: list[str]
) -> list[tuple[int, int, tuple[str, ...]]]:
    """Where an item's options are printed behind its stem, each under its letter: page, place, order."""
    stem = bare(item["stem"])[-12:]
    options = {name: bare(text) for name, text in item["options"].items()}
    found = set()
    for order in permutations(options):
        wanted = stem + "".join(
            f"{letter}.{options[name]}" for letter, name in zip(letters, order, strict=False)
        )
        found |= {(n, at, order) for n, text in enumerate(texts) if (at := text.find(wanted)) >= 0}
    return sorted(found)


@pytest.mark.parametrize("name", CASES)
def test_the_letter_of_the_key_finds_its_text_in_the_booklet(
    examgen: Examgen, workspace: Path, tmp_path: Path, name: str
) -> None:
    case = CASES[name]
    if case.personal:
        with_two_right_answers(workspace, case.unit)
    items = bank(workspace, case.unit)
    text = BLUEPRINT.format(unit=case.unit, items=case.items, choices=case.choices) + case.level
    (workspace / "bp.yaml").write_text(text + (PERSONAL if case.personal else ""), "utf-8")
    people = write_csv(workspace / "people.csv", CANDIDATES)
    assert examgen("build", "bp.yaml", cwd=workspace, status=None).status in (0, 3)
    examgen("render", "output/X", *(("--candidates", people) if case.personal else ()), cwd=workspace)
    folder = workspace / "output/X"
    by_form = defaultdict(list)
    for row in read_csv(folder / "secure/key.csv"):
        by_form[row["form"]].append(row)
    booklets = pages(folder / "papers")
    assert booklets.keys() == by_form.keys()
    assert len(booklets) == (len(CANDIDATES) if case.personal else 2)
    letters = LETTERS[case.choices]
    seen = set()
    for form, rows in by_form.items():
        assert [int(row["question"]) for row in rows] == list(range(1, case.items + 1))
        places = []
        for row in rows:
            item = items[row["item"]]
            [(page, at, order)] = printed_orders(item, letters, booklets[form])
            places.append((page, at))
            marked = {item["options"][order["ABCDE".index(letter)]] for letter in row["key"].split("|")}
            right = item["key"] if isinstance(item["key"], list) else [item["key"]]
            assert marked == {item["options"][name] for name in right}, (form, row)
            assert f"{row['question']}.{bare(item['stem'])[:12]}" in booklets[form][page][:at], (form, row)
            seen.add(order)
        assert places == sorted(places), "questions are printed in the order of their numbers"
    assert len(seen) >= 8, "options are printed in many orders"
    assert any("|" in row["key"] for rows in by_form.values() for row in rows) == case.personal
