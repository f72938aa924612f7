"""Reports of 120 booklets, each with a form or an order of its own: pc_scale.csv cannot name them all."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from examgen.analysis.exam import analyse_exam
from examgen.assembly.assemble import assemble, bank_sha256
from examgen.core.exam.writing import exam_files, write_package
from examgen.core.models.decisions import FormCut
from examgen.core.problems import Refused
from examgen.rendering.language import messages
from examgen.rendering.line_breaks import line_setter
from examgen.rendering.parts import Words
from examgen.rendering.plot import NO_FIGURE
from examgen.rendering.templates.filling import fill
from examgen.reports.analysis_report.writing import write_report
from examgen.reports.candidate_report.facts import candidate_facts
from examgen.reports.candidate_report.report import CandidateReport, candidate_report, candidate_rows
from examgen.reports.centre_report.page import centre_page
from examgen.reports.centre_report.report import centre_report
from examgen.reports.cohort_report.page import cohort_page
from examgen.reports.cohort_report.report import cohort_report
from examgen.scoring import score as sittings
from examgen.scoring import simulations
from examgen.scoring.runs import read_scored
from examgen.scoring.scored_run import ScoredRun
from tests.effort import some
from tests.papers.pages import TEMPLATES
from tests.samples import blueprint, shelf
from tests.sittings import RULE, bank_items, list_of, print_for, table

WORKSPACE = Path(__file__).parents[2]
N = 120
ITEMS = 14
OWN_ORDERS = {"forms": 2, "pilot": 2}
PLACES = {"T-1": "", "E1": "E1", "E1.01": "E1.01", "E1.02": "E1.02", "E2": "E2", "E2.01": "E2.01"}
"""What the codes of a place's criteria begin with."""


class Sat:
    """120 candidates with booklets of their own, scored; and what the key file and the answers say."""

    def __init__(self, folder: Path, asked: Mapping[str, Any], corrections: str = "") -> None:
        self.folder = folder / "exam"
        bank = shelf(items=bank_items())
        built = assemble([bank], *blueprint(items=ITEMS, **asked))
        write_package(self.folder, exam_files(built, bank_sha256([bank]), {}))
        print_for(self.folder, list_of(N), RULE.model_copy(update={"spare": 0}))
        simulations.simulate(self.folder, N, 5, folder / "answers.csv")
        self.key = table(self.folder / "secure/key.csv")
        wanted = sittings.ScoringOptions()
        if corrections:
            (folder / "corrections.yaml").write_text(corrections.format(**self.key[0]), "utf-8")
            wanted = sittings.ScoringOptions(corrections=folder / "corrections.yaml")
        sittings.score(self.folder, [folder / "answers.csv"], options=wanted)
        self.run: ScoredRun = read_scored(self.folder)
        self.marks = {
            row["candidate_id"]: [row[f"Q{n}"] for n in range(1, len(row)) if f"Q{n}" in row]
            for row in table(folder / "answers.csv")
        }

    def asked(self) -> dict[str, Counter[str]]:
        """By form, how many questions count for each criterion."""
        found: dict[str, Counter[str]] = defaultdict(Counter)
        for row in self.key:
            found[row["form"]][row["pc"]] += row["points"] == "1"
        return found

    def right(self, who: str, form: str) -> Counter[str]:
        """By criterion, how many questions that count the candidate has right."""
        return Counter(
            row["pc"]
            for row in self.key
            if row["form"] == form and row["points"] == "1"
            and self.marks[who][int(row["question"]) - 1] in row["key"].split("|")
        )  # fmt: skip


@pytest.fixture(scope="module", params=[OWN_ORDERS], ids=["own-orders"])
def sat(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Sat:
    return Sat(tmp_path_factory.mktemp("sat"), request.param)


def reports_of(run: ScoredRun) -> list[CandidateReport]:
    shared = candidate_facts(run, Words(messages(TEMPLATES)))
    return [candidate_report(shared, row) for row in candidate_rows(run)]


def status(right: int, asked: int) -> str:
    """The judgement of the blueprint: on three items at least, met from 60 per cent on."""
    if not asked:
        return "not_assessed"
    if asked < 3:
        return "insufficient"
    return "met" if 10 * right >= 6 * asked else "not_met"


def judged(sat: Sat, who: str, form: str) -> dict[str, tuple[int, str]]:
    """By place, how many questions that count the form has there, and what the candidate reached."""
    asked, right = sat.asked()[form], sat.right(who, form)
    found = {}
    for code, begins in PLACES.items():
        n, own = (sum(one[pc] for pc in asked if pc.startswith(begins)) for one in (asked, right))
        found[code] = (n, status(own, n))
    return found


def test_the_forms_of_some_lines_are_not_all_named(sat: Sat) -> None:
    cells = sat.run.scale.filter(sat.run.scale["pc"] == "E1.01")["forms"].unique().to_list()
    assert len(cells) > 1
    assert any("…" in cell for cell in cells)


def test_every_candidate_is_told_what_their_own_form_asks(sat: Sat) -> None:
    reports = reports_of(sat.run)
    assert len(reports) == N
    for report in reports:
        told = {line.place.code: (line.result.n_items, line.result.status) for line in report.lines}
        assert told == judged(sat, report.candidate_id, report.form)


def test_the_cohort_counts_every_candidate_where_they_were_judged(sat: Sat) -> None:
    met, of = Counter[str](), Counter[str]()
    for who, form in sat.run.candidates.select("candidate_id", "form").rows():
        for code, (_, reached) in judged(sat, who, form).items():
            met[code] += reached == "met"
            of[code] += reached in ("met", "not_met")
    found = cohort_report(sat.run)
    assert {row.place.code: (row.met.n, row.met.of) for row in found.heat.rows} == {
        code: (met[code], of[code]) for code in PLACES
    }
    assert of["T-1"] == N
    lord = (8.4 * (ITEMS - 8.4) / (ITEMS - 1)) ** 0.5
    assert [cut.sem for cut in found.cuts.values() if cut] == [pytest.approx(lord)] * N


def test_centres_are_the_rooms_of_the_list(sat: Sat) -> None:
    found = centre_report(sat.run)
    assert sum(one.n for one in found.forms) == N
    assert [one.n for one in found.centres] == [12] * 10


def test_pages_have_no_line_for_each_of_so_many_forms(sat: Sat) -> None:
    words = Words(messages(TEMPLATES))
    centre = centre_page(sat.run, centre_report(sat.run), "both", words)
    cohort = cohort_page(sat.run, cohort_report(sat.run), "both", words)
    html = fill("report-cohort.html", cohort, TEMPLATES, line_setter(TEMPLATES))
    n_forms = len(centre_report(sat.run).forms)
    assert (centre["forms_figure"] != NO_FIGURE) == (n_forms < 20)
    [marks] = re.findall(r'<table[^>]*class="marks"[^>]*>.*?</table>', html, re.S)
    assert len(re.findall(r'<th[^>]* scope="row"', marks)) == (1 if n_forms == N else 1 + n_forms)
    assert (f"Each of the {n_forms} forms" in html) == (n_forms == N)


def test_the_cut_is_that_of_the_form_that_a_booklet_was_drawn_from(sat: Sat) -> None:
    """Ratings may set each form's own cut: here 0.5 points apart."""
    bases = sorted({form.partition("-")[0] for form in sat.run.candidates["form"]})
    cuts = {
        base: FormCut.model_construct(cut=Decimal(5 + n % 3) + Decimal("0.5")) for n, base in enumerate(bases)
    }
    rule = {**sat.run.audit["options"]["pass"], "percent": None, "cut": "angoff"}
    run = sat.run._replace(
        exam=sat.run.exam.model_copy(update={"cuts": cuts}),
        audit={**sat.run.audit, "options": {**sat.run.audit["options"], "pass": rule}},
    )
    for report in reports_of(run):
        own = cuts[report.form.partition("-")[0]].cut
        assert report.cut == pytest.approx(float(own) / ITEMS)


@pytest.mark.parametrize(
    "correction",
    some(
        [
            "item: {item}",
            "form: {form}, question: {question}, everywhere: true",
            "form: {form}, question: {question}, only_here: true",
        ],
        1,
    ),
)
def test_what_a_correction_dropped_is_not_asked(tmp_path: Path, correction: str) -> None:
    said = "- {{kind: drop, " + correction + ", reason: r, by: us, date: 2026-11-20}}\n"
    sat = Sat(tmp_path, OWN_ORDERS, said)
    dropped = sat.key[0]
    for row in sat.key:
        same = row["item"] == dropped["item"]
        if same and ("only_here" not in correction or row["form"] == dropped["form"]):
            row["points"] = "0"
    for report in reports_of(sat.run):
        told = {line.place.code: (line.result.n_items, line.result.status) for line in report.lines}
        assert told == judged(sat, report.candidate_id, report.form)


def test_results_elsewhere_of_a_package_that_was_printed_anew_are_refused(tmp_path: Path) -> None:
    sat = Sat(tmp_path, OWN_ORDERS)
    elsewhere = tmp_path / "elsewhere"
    sittings.score(sat.folder, [tmp_path / "answers.csv"], out=elsewhere)
    assert read_scored(sat.folder, results=elsewhere).candidates.height == N
    print_for(sat.folder, list_of(N - 1), RULE.model_copy(update={"spare": 0}), replace=True)
    with pytest.raises(Refused, match="run 1 does not belong to") as refused:
        read_scored(sat.folder, results=elsewhere)
    assert [problem.code for problem in refused.value.problems] == ["other-key"]


def test_the_analysis_has_right_of_given_for_every_item(sat: Sat, tmp_path: Path) -> None:
    given, right = Counter[str](), Counter[str]()
    form_of = dict(sat.run.candidates.select("candidate_id", "form").rows())
    rows: dict[str, list[dict[str, str]]] = defaultdict(list)
    for row in sat.key:
        rows[row["form"]].append(row)
    for who, marks in sat.marks.items():
        for row in rows[form_of[who]]:
            given[row["item"]] += 1
            right[row["item"]] += marks[int(row["question"]) - 1] in row["key"].split("|")
    found = analyse_exam(sat.folder)
    told = {row["item"]: row for row in found.document["items"]}
    assert {name: row["n"] for name, row in told.items()} == given
    for name, row in told.items():
        assert row["facility"] == pytest.approx(right[name] / given[name])
    made = write_report(sat.folder, found, WORKSPACE, tmp_path / "made", pdf=False)
    html = (made.folder / "report.html").read_text("utf-8")
    assert not re.search(r">\s*(nan|None|inf)\s*<", html, re.I)
