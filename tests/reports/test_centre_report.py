"""Centres and forms: every number equals the result files; small groups are not compared, none is ranked."""

from __future__ import annotations

import math
import random
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from bs4 import BeautifulSoup
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from examgen.analysis.administrations import responses_of
from examgen.rendering.language import messages
from examgen.rendering.line_breaks import line_setter
from examgen.rendering.parts import Words, difference, proportion
from examgen.rendering.templates.filling import fill
from examgen.reports.centre_report.page import centre_page
from examgen.reports.centre_report.report import LEVELS, CentreReport, centre_report, limits, verdict
from examgen.reports.form_groups import SMALL
from examgen.scoring import score as sittings
from examgen.scoring import simulations
from examgen.scoring.compare import compare_runs
from examgen.scoring.runs import read_scored
from examgen.scoring.scored_run import ScoredRun
from tests.papers.pages import TEMPLATES
from tests.reports.scored_samples import Answer, first, right, sat, wrong
from tests.samples import item_data
from tests.sittings import build, list_of, print_for

WORDS = Words(messages(TEMPLATES))
SIZES = {"ศูนย์ 10": 30, "ศูนย์ 2": 12, "ศูนย์ 1": 9, "": 5}


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> ScoredRun:
    """Centres of 30, 12, 9 and 5 unknown; in the second everybody has everything right; two forms."""
    people: dict[str, Answer] = {}
    extra: dict[str, dict[str, str]] = {}
    for centre, size in SIZES.items():
        for n in range(size):
            name = f"{len(people) + 1:03d}"
            people[name] = right if centre == "ศูนย์ 2" else first(n * 5 % 13)
            extra[name] = {"centre": centre}
    scored = sat(tmp_path_factory.mktemp("centres") / "exam", people, extra=extra)
    # the file's name stands for the centre where a column says nothing; here nothing is known
    candidates = scored.candidates.with_columns(
        form=pl.when(pl.int_range(pl.len()) % 2 == 0).then(pl.lit("A")).otherwise(pl.lit("B"))
    )
    return scored._replace(candidates=candidates, criteria=scored.criteria.with_columns(candidates["form"]))


@pytest.fixture(scope="module")
def found(run: ScoredRun) -> CentreReport:
    return centre_report(run)


def html_of(run: ScoredRun, lang: Any = "both", faces: Any = None) -> str:
    context = centre_page(run, centre_report(run), lang, WORDS, faces)
    return fill("report-centre.html", context, TEMPLATES, line_setter(TEMPLATES))


def test_a_mean_of_equal_scores_has_no_interval(run: ScoredRun, found: CentreReport) -> None:
    """Twelve people with everything right tell of no spread: 100 to 100 would be no interval of 95 %."""
    [same] = [one for one in found.centres if one.name == "ศูนย์ 2"]
    assert same.mean == (100, 0, None, None)
    soup = BeautifulSoup(html_of(run, "en"), "html.parser")
    [row] = [tr for tr in soup.select("table.centres tr") if "ศูนย์ 2" in tr.get_text()]
    assert [cell.get_text(strip=True) for cell in row.find_all("td")][1:4] == ["100.0", "–", "0.0"]


def test_centres_stand_by_name_and_small_ones_are_not_compared(found: CentreReport) -> None:
    assert [one.name for one in found.centres] == ["ศูนย์ 1", "ศูนย์ 2", "ศูนย์ 10", ""]
    verdicts = {one.name: one.verdict for one in found.centres}
    assert verdicts["ศูนย์ 1"] == SMALL
    assert verdicts[""] == SMALL
    assert verdicts["ศูนย์ 2"].startswith("above")
    assert found.compared == 2
    assert {level for level, _ in found.funnel} == set(LEVELS)


def test_newcombes_published_intervals() -> None:
    """Newcombe (1998), table II, contrasts (a) 56/70 - 48/80 and (d) 9/10 - 3/10, method 10."""
    for (m, n), (x, y), expected in (
        ((56, 70), (48, 80), (0.0524, 0.3339)),
        ((9, 10), (3, 10), (0.1705, 0.8090)),
    ):
        found = difference(proportion(m, n), proportion(x, y))
        assert (round(found.low or 0, 4), round(found.high or 0, 4)) == expected


@given(n=st.integers(10, 3000), rate=st.floats(0.01, 0.99), level=st.sampled_from(LEVELS))
def test_limits_are_exact_for_every_count(n: int, rate: float, level: float) -> None:
    low, high = limits(n, rate, level)
    tail = (1 - level) / 2
    for x in {0, n, math.floor(low), math.ceil(low), math.floor(high), math.ceil(high)}:
        if abs(stats.binom.cdf(x, n, rate) - tail) > 1e-9:
            assert (x < low - 1e-9) == (stats.binom.cdf(x, n, rate) < tail)
        if abs(stats.binom.sf(x - 1, n, rate) - tail) > 1e-9:
            assert (x > high + 1e-9) == (stats.binom.sf(x - 1, n, rate) < tail)


def test_nobody_is_outside_where_all_pass_or_none() -> None:
    assert verdict(40, 40, 1.0) == "within"
    assert verdict(0, 40, 0.0) == "within"


def test_a_form_that_nobody_sat_is_told(run: ScoredRun) -> None:
    """Of two forms of the exam one was sat: that is not an exam of one form."""
    (form,) = run.exam.forms
    two = run.exam.model_copy(update={"forms": (form, form.model_copy(update={"name": "B"}))})
    alone = run._replace(
        exam=two,
        candidates=run.candidates.with_columns(form=pl.lit("A")),
        criteria=run.criteria.with_columns(form=pl.lit("A")),
    )
    text = BeautifulSoup(html_of(alone, "en"), "html.parser").get_text(" ", strip=True)
    assert "The exam has 2 forms; 1 was sat, and nothing is known of the others." in text
    assert "There is one form" not in text
    assert "1 / 2 form sat" in text
    single = alone._replace(exam=run.exam)
    text = BeautifulSoup(html_of(single, "en"), "html.parser").get_text(" ", strip=True)
    assert "There is one form: nothing to compare." in text
    assert "was sat, and nothing" not in text


@pytest.mark.parametrize(
    ("extra", "kind", "groups"),
    [
        (
            {"1": {"ศูนย์สอบ": "กรุงเทพ", "room": "302"}, "2": {"room": "ห้องประชุมใหญ่"}},
            "centre",
            {"กรุงเทพ": 1, "": 1},
        ),
        ({"1": {"ห้องสอบ": "302"}, "2": {"ห้องสอบ": ""}}, "room", {"302": 1, "": 1}),
        ({"1": {"room": "302"}, "2": {"room": "303"}}, "room", {"302": 1, "303": 1}),
        ({}, "", {}),
    ],
)
def test_a_room_is_no_centre(
    tmp_path: Path, extra: dict[str, dict[str, str]], kind: str, groups: dict[str, int]
) -> None:
    """Where a centre is named of anybody, the others have none given; else rooms stand as rooms."""
    found = sat(tmp_path / "exam", {"1": right, "2": first(4)}, extra=extra)
    assert found.place_kind == kind
    assert {one.name: one.n for one in centre_report(found).centres} == groups
    soup = BeautifulSoup(html_of(found, "en"), "html.parser")
    text = soup.get_text(" ", strip=True)
    assert ("no centre given" in text) == (kind == "centre")
    assert ("rooms stand in place of centres" in text) == (kind == "room")
    if groups:
        table = soup.find("table", class_="centres")
        assert table is not None
        head = table.find("th")
        assert head is not None
        assert head.get_text(strip=True) == {"centre": "Centre", "room": "Room"}[kind]


def of_list_and_roster(folder: Path, answers: str = "", roster: str = "") -> ScoredRun:
    """Twelve people of two centres that both have a room 301, as the printed list has them; further columns of
    answers and roster by line."""
    package = build(folder / "exam")
    people = [one.model_copy(update={"centre": ("กรุงเทพ", "เชียงใหม่")[n % 2], "room": "301"})
              for n, one in enumerate(list_of(12))]  # fmt: skip
    print_for(package, [one.model_copy(update={"seat": ""}) for one in people])
    simulations.simulate(package, 12, 1, folder / "a.csv")
    wanted = sittings.ScoringOptions(signals=True)
    if answers:
        top, *rows = (folder / "a.csv").read_text("utf-8-sig").splitlines()
        lines = [top, *sorted(rows)]
        head, *cells = answers.split("|")
        cells += [""] * (12 - len(cells))
        found = [f"{line},{cell}" for line, cell in zip(lines, (head, *cells), strict=True)]
        (folder / "a.csv").write_text("\n".join(found), "utf-8")
    if roster:
        (folder / "roster.csv").write_text(roster.replace("|", "\n"), "utf-8")
        wanted = wanted.model_copy(update={"roster": folder / "roster.csv", "unlisted": "score"})
    sittings.score(package, [folder / "a.csv"], options=wanted)
    return read_scored(package)


@pytest.mark.parametrize(
    ("answers", "roster", "centres", "of_two"),
    [
        ("", "", {"กรุงเทพ": 6, "เชียงใหม่": 6}, 0),
        ("centre|ขอนแก่น", "", {"กรุงเทพ": 5, "เชียงใหม่": 6, "ขอนแก่น": 1}, 1),
        ("ศูนย์สอบ|กรุงเทพ |กรุง เทพ", "", {"กรุงเทพ": 7, "เชียงใหม่": 5}, 1),
        ("", "candidate_id,สนามสอบ|0000,กรุง เทพ|0001,ตรัง|0002,", {"กรุงเทพ": 6, "เชียงใหม่": 5, "ตรัง": 1}, 1),
        (
            "centre|ก|ก",
            "candidate_id,centre|0000,ข|0001,ก|0002,ค",
            {"ก": 2, "ค": 1, "กรุงเทพ": 4, "เชียงใหม่": 5},
            3,
        ),
    ],
)
def test_centres_are_those_of_the_answers_else_of_the_roster_else_of_the_list(
    tmp_path: Path, answers: str, roster: str, centres: dict[str, int], of_two: int
) -> None:
    found = of_list_and_roster(tmp_path, answers, roster)
    assert found.place_kind == "centre"
    assert {one.name: one.n for one in centre_report(found).centres} == centres
    assert set(found.candidates["room"]) == {"301", ""} if "ก" in centres else {"301"}
    text = BeautifulSoup(html_of(found, "en"), "html.parser").get_text(" ", strip=True)
    assert "names a centre" not in text
    assert ("do not name the same centre" in text) == bool(of_two)
    if of_two:
        assert f"the same centre for {of_two} candidate" in text


def test_rooms_that_the_roster_alone_names_are_rooms_of_the_report(tmp_path: Path) -> None:
    package = sat(tmp_path / "exam", {"1": right, "2": first(4), "3": right}).folder.parents[2]
    roster = tmp_path / "r.csv"
    roster.write_text("candidate_id,room\n1,7\n2,8\n", "utf-8")
    wanted = sittings.ScoringOptions(roster=roster, unlisted="score")
    sittings.score(package, [tmp_path / "exam-answers.csv"], options=wanted)
    found = read_scored(package)
    assert (found.place_kind, [*found.candidates["centre"]]) == ("room", ["7", "8", ""])


def test_a_room_in_thai_digits_is_the_same_room_in_every_table(tmp_path: Path) -> None:
    """In the report, in a comparison of runs and among those who are compared for copying."""

    def guessing(seed: int, but: int = 0) -> Answer:
        drawn = random.Random(seed)
        letters = [drawn.choice("ABCD") if drawn.random() < 0.7 else "" for _ in range(40)]
        return lambda question, key: wrong(question, key) if question == but else letters[question - 1] or key

    people = {str(n): guessing(max(n, 2), n) for n in range(1, 41)}  # the first two alike but in a question
    extra = {who: {"room": ("๓๐๑", "301", " 3 01")[n % 3]} for n, who in enumerate(people)}
    items = [item_data("E1.01", n) for n in range(1, 41)]
    package = sat(tmp_path / "exam", people, items, extra=extra, n_items=40).folder.parents[2]
    wanted = sittings.ScoringOptions(unlisted="score", signals=True)
    sittings.score(package, [tmp_path / "exam-answers.csv"], options=wanted)
    assert [(one.name, one.n) for one in centre_report(read_scored(package)).centres] == [("๓๐๑", 40)]
    assert "room" not in compare_runs(package / "results", "1", "1").comparison.groups
    assert responses_of(package, None).rooms == ("๓๐๑",)


def test_rooms_of_one_name_are_two_in_a_comparison_of_runs(tmp_path: Path) -> None:
    people = {str(n): first(n % 4) for n in range(12)}
    extra = {str(n): {"centre": "กข"[n % 2], "room": "301"} for n in range(12)}
    package = sat(tmp_path / "exam", people, extra=extra).folder.parents[2]
    sittings.score(
        package,
        [tmp_path / "exam-answers.csv"],
        options=sittings.ScoringOptions(unlisted="score", signals=True),
    )
    groups = compare_runs(package / "results", "1", "1").comparison.groups
    assert [one.name for one in groups["room"]] == ["ก – 301", "ข – 301"]
