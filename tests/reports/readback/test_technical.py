"""Every number of a technical report is what the answers, the key and the files of the run say.

The answers are marked here once more, by a few lines of numpy of this module's own; what an estimate rests on
(decision consistency) is read from the analysis that makes it.
"""

from __future__ import annotations

import csv
import json
import math
import random
import re
from collections import Counter
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest
from bs4 import BeautifulSoup, Tag
from scipy.stats import f

from examgen.analysis.decisions import decisions_of_run
from examgen.analysis.exam import analyse_exam
from examgen.assembly.assemble import assemble, bank_sha256
from examgen.core.exam.writing import exam_files, write_package
from examgen.core.models.blueprint import Blueprint
from examgen.core.problems import Refused
from examgen.reports.writing import ReportOptions, report
from examgen.scoring import score as sittings
from tests.reports.scored_samples import right
from tests.reports.scored_samples import sat as sat_one
from tests.samples import PCS, blueprint, item_data, shelf
from tests.sittings import small_package

N, ITEMS = 440, 9
CENTRES = ("Bangkok", "เชียงใหม่")
NUMBER = re.compile(r"−?\d+(?:,\d{3})*(?:\.\d+)?")


class Sat(NamedTuple):
    """The package, and what everybody marked: id → form, centre, letters."""

    folder: Path
    marks: dict[str, tuple[str, str, list[str]]]
    key: dict[str, list[str]]
    items: dict[str, list[str]]
    """Form → items by question."""


@pytest.fixture(scope="module")
def sat(tmp_path_factory: pytest.TempPathFactory) -> Sat:
    """Two forms of nine items at two centres; five registered did not come, a key was corrected."""
    folder = tmp_path_factory.mktemp("technical") / "exam"
    bank = shelf(items=[item_data(pc, n) for pc in PCS for n in range(1, 7)])
    built = assemble([bank], *blueprint(forms=2, items=ITEMS, criteria={"all": 3}))
    write_package(folder, exam_files(built, bank_sha256([bank]), {}))
    key: dict[str, list[str]] = {}
    for row in sorted(_rows(folder / "secure/key.csv"), key=lambda row: int(row["question"])):
        key.setdefault(row["form"], []).append(row["key"])
    items = {form.name: [one.item.id for one in form.items] for form in built.forms}
    chance, marks = random.Random(7), {}
    for n in range(N):
        form, centre, ability = "AB"[n % 2], CENTRES[n // 2 % 2], chance.random()
        harder = 0.5 if centre == CENTRES[1] else 0.0  # question 2 works against one centre
        letters = [
            right
            if chance.random() < 0.15 + 0.8 * ability - (harder if q == 1 else 0.02 * q)
            else chance.choice([*(other for other in "ABCD" if other != right), ""])
            for q, right in enumerate(key[form])
        ]
        marks[f"{n:04}"] = (form, centre, letters)
    answers, roster, fixes = (folder.parent / name for name in ("answers.csv", "roster.csv", "fixes.yaml"))
    head = ["candidate_id", "form", "centre", *(f"Q{q}" for q in range(1, ITEMS + 1))]
    _write(answers, [head, *([who, form, centre, *own] for who, (form, centre, own) in marks.items())])
    absent = [[f"A{n}", CENTRES[0], "absent"] for n in range(5)]
    came = [[who, centre, "present"] for who, (_, centre, _) in marks.items()]
    _write(roster, [["candidate_id", "centre", "status"], *came, *absent])
    fixes.write_text(
        "- {kind: credit_all, form: A, question: 4, reason: unclear, by: ก, date: 2026-11-20}\n", "utf-8"
    )
    sittings.score(folder, [answers], options=sittings.ScoringOptions(roster=roster, corrections=fixes))
    return Sat(folder, marks, key, items)


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def _write(path: Path, rows: list[list[str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(rows)


def sections(folder: Path, out: Path, **asked: Any) -> dict[str, Tag]:
    """The sections of the report by number."""
    report(folder, folder.parent, "technical", ReportOptions(out=out, pdf=False, **asked))
    page = BeautifulSoup((out / "report.html").read_text("utf-8"), "html.parser")
    for one in page.select("wbr, .on-phone, .code, svg"):
        one.decompose()
    return {str(n): one for n, one in enumerate(page.select("section"), 1)}


def said(section: Tag) -> list[str]:
    """The numbers of its paragraphs, lists and facts, one after the other."""
    text = " ".join(one.get_text() for one in section.select("p, li, dd"))
    return NUMBER.findall(text.replace("\u200b", ""))


def cells(section: Tag, table: int = 0) -> list[list[str]]:
    """The cells of a table."""
    rows = section.select("table")[table].select("tbody tr")
    return [[" ".join(one.get_text().split()) for one in row.select("th, td")] for row in rows]


class Form:
    """A form as it is scored here: right or wrong of all but the corrected question."""

    def __init__(self, sat: Sat, name: str) -> None:
        self.marks = [own for form, _, own in sat.marks.values() if form == name]
        right = np.array(
            [[mark == key for mark, key in zip(own, sat.key[name], strict=True)] for own in self.marks]
        )
        self.counted = [q for q in range(ITEMS) if not (name == "A" and q == 3)]
        self.right = right[:, self.counted].astype(float)
        self.points = self.right.sum(axis=1) + (ITEMS - len(self.counted))
        k, item, total = self.right.shape[1], self.right.var(axis=0, ddof=1), self.right.sum(axis=1)
        self.alpha = k / (k - 1) * (1 - item.sum() / total.var(ddof=1))
        self.mean, self.sd = total.mean(), total.std(ddof=1)
        self.sem = self.sd * math.sqrt(1 - self.alpha)
        self.facility = self.right.mean(axis=0)
        self.rest = [np.corrcoef(self.right[:, q], total - self.right[:, q])[0, 1] for q in range(k)]
        self.items = [sat.items[name][q] for q in self.counted]
        self.passed = self.points >= 0.6 * ITEMS

    def mantel_haenszel(self, q: int, in_group: np.ndarray) -> float:
        """Mantel & Haenszel's common odds ratio on the delta scale of ETS (Holland & Thayer, 1988)."""
        total, odds = self.right.sum(axis=1), [0.0, 0.0]
        for score in np.unique(total):
            own, others = (self.right[(total == score) & who, q] for who in (in_group, ~in_group))
            n = len(own) + len(others)
            odds[0] += others.sum() * (len(own) - own.sum()) / n
            odds[1] += (len(others) - others.sum()) * own.sum() / n
        return -2.35 * math.log(odds[0] / odds[1])

    def feldt(self) -> tuple[float, float]:
        """The 95 % interval of alpha (Feldt, 1965)."""
        n, k = self.right.shape
        low, high = (f.ppf(share, n - 1, (n - 1) * (k - 1)) for share in (0.975, 0.025))
        return 1 - (1 - self.alpha) * low, 1 - (1 - self.alpha) * high


def two(value: float, decimals: int = 2) -> str:
    return f"{value:.{decimals}f}".replace("-", "−")


def test_every_number_is_that_of_the_answers(sat: Sat, tmp_path: Path) -> None:
    found = sections(sat.folder, tmp_path / "en", lang="en")
    forms = {name: Form(sat, name) for name in "AB"}
    a, b = forms.values()
    n_passed = int(a.passed.sum() + b.passed.sum())

    # who sat it
    rows = [str(N), str(N), "0", "0"]  # read = scored + repeats + in quarantine
    assert said(found["2"]) == [str(N + 5), str(N), "5", str(N), *rows]
    assert cells(found["2"], 0) == [["absent", "5"]]
    places = Counter(centre for _, centre, _ in sat.marks.values())
    all_passed = dict(zip([*(w for w, m in sat.marks.items() if m[0] == "A"), *(w for w, m in sat.marks.items() if m[0] == "B")],
                          [*a.passed, *b.passed], strict=True))  # fmt: skip
    for centre, n, passed, rate in cells(found["2"], 1):
        own = [who for who, (_, at, _) in sat.marks.items() if at == centre]
        assert (int(n), int(passed)) == (places[centre], sum(all_passed[who] for who in own))
        assert rate == f"{100 * int(passed) / int(n):.1f} %"
    # conditions: two forms of nine, twenty minutes
    assert said(found["3"]) == ["20", "2", str(ITEMS)]
    # forms
    for n, pc in enumerate(PCS):
        row = cells(found["4"], 0)[n]
        for form, cut in (("A", 1), ("B", 3)):
            of = [q for q in range(ITEMS) if sat.items[form][q].startswith(pc)]
            points = np.array(
                [
                    [m[q] == sat.key[form][q] or (form == "A" and q == 3) for q in of]
                    for m in forms[form].marks
                ]
            )
            assert row[cut : cut + 2] == [str(len(of)), two(100 * points.mean(), 1)], (pc, form)
    for (name, form), row in zip(forms.items(), cells(found["4"], 1), strict=True):
        percent = 100 * form.points / ITEMS
        assert row[:4] == [name, str(len(percent)), two(percent.mean(), 1), two(percent.std(ddof=1), 1)]
        assert row[5:] == [str(int(form.passed.sum())), f"{100 * form.passed.mean():.1f} %"]
    # items
    by_item = {
        item: (len(form.marks), form.facility[q], form.rest[q])
        for form in forms.values()
        for q, item in enumerate(form.items)
    }
    shown = [half for row in cells(found["5"]) for half in (row[:5], row[5:]) if half[0]]
    assert {one[0]: one[1:4] for one in shown} == {
        item: [str(n), two(facility), two(rest)] for item, (n, facility, rest) in by_item.items()
    }
    flags = {one[0] for one in shown if one[4]}
    facility, rest = (sorted(one[at] for one in by_item.values()) for at in (1, 2))
    ends = [two(end) for own in (facility, rest) for end in (float(np.median(own)), own[0], own[-1])]
    numbers = said(found["5"])
    assert [*numbers[:3], *numbers[4:7]] == ends
    assert (numbers[3], numbers[7]) == (str(len(by_item)),) * 2
    assert not flags or numbers[8] == str(len(flags))
    # reliability
    for (name, form), row in zip(forms.items(), cells(found["6"]), strict=True):
        assert row[:5] == [name, str(len(form.marks)), str(len(form.counted)), two(form.mean), two(form.sd)]
        assert row[5] == f"{form.alpha:.2f} ({'–'.join(two(end) for end in form.feldt())})"
        assert row[7] == two(form.sem)
        assert row[8] == "5.4"  # 60 % of nine points
        given, n = ITEMS - len(form.counted), len(form.counted)  # a point that everybody has
        assert row[9] == two(math.sqrt((5.4 - given) * (ITEMS - 5.4) / (n - 1)))  # Lord (1955)
    # the standard: what whole scores make of 60 % of nine points
    assert "on form A, B the lowest that reaches the cut is 6 of 9, 66.7 % of all points" in " ".join(
        found["9"].get_text().replace("\u200b", "").split()
    )
    # decisions
    assert said(found["10"])[:3] == [str(n_passed), str(N), f"{100 * n_passed / N:.1f}"]
    gained = sum(mark[3] != sat.key["A"][3] for mark in a.marks)
    now_pass = int(((a.points >= 5.4) & (a.points - [m[3] != sat.key["A"][3] for m in a.marks] < 5.4)).sum())
    assert said(found["10"])[-5:] == [str(gained), str(gained), "0", str(now_pass), "0"]
    assert cells(found["10"], 0) == [["A: 4", "every candidate gets its points"]]
    # limits: 18 items of which none was approved
    assert said(found["11"]) == ["18", "18"]


def test_estimates_are_those_of_their_analyses(sat: Sat, tmp_path: Path) -> None:
    found = sections(sat.folder, tmp_path / "en", lang="en")
    [row] = decisions_of_run(sat.folder).result.table.to_dicts()
    names = ("consistency", "kappa", "accuracy", "false_pass", "false_fail")
    assert [one[1:] for one in cells(found["7"])] == [[two(row[name])] for name in names]
    analysis = analyse_exam(sat.folder).document
    omegas = [two(form["omega"]) for form in analysis["forms"]]
    assert [row[6] for row in cells(found["6"])] == omegas
    model = analysis["irt"]["model"]
    assert said(found["6"])[-1] == two(model["empirical_reliability"])


def test_an_item_that_works_against_a_centre_is_named(sat: Sat, tmp_path: Path) -> None:
    found = sections(sat.folder, tmp_path / "en", lang="en")
    against = {sat.items[form][1] for form in "AB"}
    rows = cells(found["8"])
    assert against <= {row[4] for row in rows if row[6].startswith("C")}
    assert said(found["8"])[:3] == ["2", str(2 * ITEMS - 1), str(len(rows))]
    for form, group, n, n_others, item, delta, _ in rows:
        own = Form(sat, form)
        in_group = np.array([centre == group for of, centre, _ in sat.marks.values() if of == form])
        assert (int(n), int(n_others)) == (in_group.sum(), (~in_group).sum())
        assert delta == two(own.mantel_haenszel(own.items.index(item), in_group))


def test_a_corrected_digit_is_found(sat: Sat, tmp_path: Path) -> None:
    """What this module reads is what the page says: another number there is another number here."""
    out = tmp_path / "en"
    before = said(sections(sat.folder, out, lang="en")["2"])
    page = (out / "report.html").read_text("utf-8").replace(f">{N + 5}<", f">{N + 6}<", 1)
    section = BeautifulSoup(page, "html.parser").select("section")[1]
    assert said(section)[0] == str(N + 6) != before[0]


def test_thai_figures_and_both_languages_have_the_same_numbers(sat: Sat, tmp_path: Path) -> None:
    english = sections(sat.folder, tmp_path / "en", lang="en")
    thai = sections(sat.folder, tmp_path / "th", lang="th", digits="thai")
    arabic = str.maketrans("๐๑๒๓๔๕๖๗๘๙", "0123456789")
    for n in ("2", "4", "6", "7", "10"):
        assert [NUMBER.findall(" ".join(row).translate(arabic)) for row in cells(thai[n])] == [
            NUMBER.findall(" ".join(row)) for row in cells(english[n])
        ]


def test_an_analysis_that_was_made_is_taken(sat: Sat, tmp_path: Path) -> None:
    """Of the same run: its analysis.json; a figure changed there is the figure of the report."""
    place = sat.folder / "analysis" / "run-0001" / "analysis.json"
    place.parent.mkdir(parents=True)
    document = analyse_exam(sat.folder).document
    document["forms"][0]["sem"] = 9.87
    place.write_text(json.dumps(document, default=str), "utf-8")
    try:
        assert cells(sections(sat.folder, tmp_path / "en", lang="en")["6"])[0][7] == "9.87"
    finally:
        place.unlink()


def test_nobody_scored_says_so(tmp_path: Path) -> None:
    folder, answers = small_package(tmp_path / "exam"), tmp_path / "answers.csv"
    _write(answers, [["candidate_id", "form", "Q1", "Q2", "Q3", "Q4"], ["01", "Z", "A", "A", "A", "A"]])
    sittings.score(folder, [answers])
    found = sections(folder, tmp_path / "en", lang="en")
    assert "nobody was scored" in found["5"].get_text()
    assert "no decisions" in found["7"].get_text()


def test_what_assessors_rated_has_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sat_one(tmp_path / "exam", {"01": right})
    monkeypatch.setattr(Blueprint, "is_rated", property(lambda self: True))
    with pytest.raises(Refused, match="rated by assessors"):
        report(tmp_path / "exam", tmp_path, "technical", ReportOptions(pdf=False))
