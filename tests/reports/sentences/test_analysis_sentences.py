"""Every sentence of the pages of nine analyses is known, true of the answers, and none is left out; pairs have the
same numbers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from math import isnan, nan
from pathlib import Path

import pytest
from bs4 import BeautifulSoup

from tests.effort import some
from tests.reports.readback.reader import Page, Passage
from tests.reports.sentences import of_analysed_items, of_analysis
from tests.reports.sentences.analysis_facts import AnalysisFacts, report_of
from tests.reports.sentences.analysis_rules import Rule
from tests.reports.sentences.facts import Facts
from tests.reports.sentences.people import spread
from tests.reports.sentences.sitting import Sitting
from tests.reports.sentences.statement import number
from tests.reports.sentences.thirty import SITTINGS

_SMALL = ("one candidate", "everybody fails", "two forms far apart", "one form not sat", "negative marking to the end",
          "a question dropped, and a key corrected", "synthetic candidates alone", "five hundred and one")  # fmt: skip
ANALYSED = (
    *(one for one in SITTINGS if one.name in _SMALL),
    Sitting(
        "two forms with common items",
        [*spread(30), *spread(30, "B")],
        {"forms": 2, "items": 12, "anchor": 4},
        analysed=True,
        told=(),
    ),
    Sitting("of one ability", spread(240, low=0.2), {"items": 24}, signals=False, analysed=True, told=()),
)
KNOWN = re.compile(r"ความง่าย คือสัดส่วนผู้ตอบถูก .*Facility: proportion right\. .*|E\d\.\d\d \S+")
"""How the table is read, the same on every page, and criteria. What figures show tests/reports/readback reads."""


def sentences(html: str) -> list[tuple[Passage, str]]:
    """The texts that say something, each with the item on whose page it stands."""
    root = BeautifulSoup(re.sub(r"<style>.*?</style>|<svg.*?</svg>", "", html, flags=re.S), "html.parser")
    for one in root.select(
        ".stem, table, pre, .tiles, .numbers, h1, h2, h3, h4, header p:not(.draft), figcaption, title"
    ):
        one.decompose()
    for section in root.select("section.item"):
        section.insert(0, BeautifulSoup(f"<h3>{section['id']}</h3>", "html.parser"))
    names = dict(re.findall(r'id="(item-\d+)">\s*<h3 class="head">(\S+)', html))
    found = []
    for passage in Page(str(root)).passages:
        at = re.search(r"item-\d+", passage.place)
        if not passage.place.endswith("h3") and re.search(r"[^\W\d_]", passage.text):
            found.append((passage, names[at[0]] if at else ""))
    return found


RULES = (*of_analysis.says, *of_analysed_items.says)


def faults_of(html: str, facts: AnalysisFacts) -> Iterator[str]:
    """What is unknown, false or left out on a page, and pairs with other numbers in Thai than in English."""
    said = set[Rule]()
    for passage, at in sentences(html):
        read = [
            (rule, v)
            for rule in (*RULES, *of_analysed_items.MODELLED)
            if (v := rule.read(passage.text)) is not None
        ]
        if passage.english and _numbers(passage.thai) != _numbers(passage.english):
            yield f"other numbers in Thai: {passage.text}"
        if not read and not KNOWN.fullmatch(passage.text):
            yield f"unknown: {passage.text} ({at})"
        true = [rule for rule, v in read if rule.when(facts) and rule.says(facts, v, at)]
        if read and not true:
            yield f"not true: {passage.text} ({at})"
        said.update(true)
    yield from (f"left out: {rule.english}" for rule in RULES if rule not in said and rule.when(facts))
    yield from _false_cells(BeautifulSoup(html, "html.parser"), facts)
    yield from _false_feet(html, facts)


def _false_feet(html: str, facts: AnalysisFacts) -> Iterator[str]:
    """The foot of the pages of the PDF, which stands in the style: the exam, and whether the run is released."""
    state = {"unreleased": " · ยังไม่ประกาศ · not released", "superseded": " · เลิกใช้แล้ว · no longer released"}
    wanted = facts.facts.audit["exam"] + state.get(facts.facts.state, "")
    feet = re.findall(r'@bottom-left \{ content: "([^"]*)"', html)
    if feet != [wanted]:
        yield f"foot: {feet} is {wanted}"


def _false_cells(root: BeautifulSoup, facts: AnalysisFacts) -> Iterator[str]:
    """Candidates, facility and item–rest correlation of the tables of items; which items are ranked."""
    tables = root.select("table.items")
    ranked = [head.get_text(strip=True) for head in tables[0].select("tbody th")] if facts.examined else []
    if set(ranked) != set(facts.examined):
        yield f"ranked: {ranked}"
    for row in (row for table in tables for row in table.select("tbody tr")):
        item, cells = row.select_one("th").get_text(strip=True), [one.get_text() for one in row.select("td")]  # type: ignore[union-attr]
        wanted = (
            [facts.n(item), facts.facility(item), facts.rest(item)] if item in facts.items else [0, nan, nan]
        )
        for text, value in zip(cells, wanted, strict=False):
            if (text == "–") != isnan(value) or (text != "–" and abs(number(text) - value) > 0.00501):
                yield f"{item}: {text} is {value}"


@pytest.mark.parametrize("sitting", some(ANALYSED, 2), ids=lambda one: one.name)
def test_every_sentence_of_an_analysis_is_true_and_none_is_left_out(sitting: Sitting, tmp_path: Path) -> None:
    package = replace(sitting, analysed=True).made(tmp_path / "made")
    faults = list(faults_of(report_of(package), AnalysisFacts(Facts(package))))
    assert not faults, "\n".join(faults)


def test_a_false_an_unknown_and_a_missing_sentence_of_an_analysis_are_found(tmp_path: Path) -> None:
    package = ANALYSED[-2].made(tmp_path / "made")
    html, facts = report_of(package), AnalysisFacts(Facts(package))
    assert not list(faults_of(html, facts))
    for old, new, fault in (
        ("Only 60 candidates", "Only 61 candidates", "other numbers in Thai"),
        ("T-1-L4 · ยังไม่ประกาศ", "T-1-L4", "foot"),
        ("on one scale, by the items that forms share", "on one scale", "unknown"),
        ("takes 0.38 logits", "takes 0.39 logits", "other numbers in Thai"),
    ):
        assert html.count(old) == 1, old
        assert any(one.startswith(fault) for one in faults_of(html.replace(old, new), facts)), old
    facts.facts.candidates.append(facts.facts.candidates[0])
    assert any(one.startswith("not true: มีผู้เข้าสอบเพียง 60 คน") for one in faults_of(html, facts))


def _numbers(text: str) -> list[str]:
    """Every number of a text, sorted: both languages have the same, be it in another order."""
    return sorted(re.findall(r"[−-]?\d+(?:[.,]\d+)*", re.sub(r"S-X[2²]|Q3|M2|lambda 6", "", text)))
