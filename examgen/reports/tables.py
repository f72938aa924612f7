"""The tables behind the reports: every column with its name, its unit, what it is, and the source of its cells.

`docs/reports.md` is written from here (`pytest tests/test_docs_reports.py --update-golden`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple

import polars as pl

from examgen.core.models.decisions import DECISION_NAMES
from examgen.core.models.scoring import CORRECTION_KINDS

COUNT, SHARE, SIGNED, PERCENT, WHOLE_PERCENT, POINTS = "count", "0–1", "−1–1", "%", "whole %", "points"
CODE, TEXT = "code", "text"
_TYPES = {COUNT: pl.Int64(), WHOLE_PERCENT: pl.Int64(), CODE: pl.String(), TEXT: pl.String()}
"""Of the units; of all others real numbers."""


class TableColumn(NamedTuple):
    """A column, or some that are told together: `cells` of a row gives one value, or one for each name."""

    names: str
    unit: str
    what: str
    cells: Callable[[Any], Any]
    when: Callable[[Any], object] = bool
    """Report → whether it has the column; all of them have most."""
    each: Callable[[Any], Sequence[str]] | None = None
    """Report → the names, where these follow the report; `names` is then how the docs call them."""


def whole(report: Any) -> Any:
    """A table is of the report as it is."""
    return report


class ReportTable(NamedTuple):
    """A table of a report: a row for each of `rows`."""

    name: str
    about: str
    rows: Callable[[Any], Iterable[Any]]
    columns: tuple[TableColumn, ...]
    of: Callable[[Any], Any] = whole
    """Which part of the report it is of."""


def frames_of(tables: Iterable[ReportTable], report: Any) -> dict[str, pl.DataFrame]:
    """Name → table; every one is there whatever the cohort, without rows where there is nothing."""
    return {table.name: frame_of(table, table.of(report)) for table in tables}


def frame_of(table: ReportTable, part: Any) -> pl.DataFrame:
    """A table of the part of a report that it is of, with the columns that this part has."""
    schema: dict[str, pl.DataType] = {}
    shown: list[tuple[TableColumn, bool]] = []
    for column in table.columns:
        if column.when is bool or column.when(part):
            names = column.each(part) if column.each is not None else column.names.split(", ")
            schema |= dict.fromkeys(names, _TYPES.get(column.unit, pl.Float64()))
            shown.append((column, column.each is not None or len(names) > 1))
    rows = []
    for row in table.rows(part):
        cells: list[object] = []
        for column, are_several in shown:
            value = column.cells(row)
            if are_several:
                cells += value
            else:
                cells.append(value)
        rows.append(cells)
    return pl.DataFrame(rows, schema, orient="row")


# ── cells and columns of several tables ──────────────────────────────────────────────────────


def _share(of: Any) -> tuple[int, int, float | None, float | None, float | None]:
    """A proportion: n, of, share, low, high (0 to 1)."""
    return (None,) * 5 if of is None else (of.n, of.of, of.share, of.low, of.high)  # type: ignore[return-value]


def _real(text: str | None) -> float | None:
    """A number of a file."""
    return float(text) if text else None


def _joined(value: object, between: str = " ") -> str:
    """Return an entry of a document of the audit as text."""
    if isinstance(value, list | tuple):
        return between.join(map(str, value))
    return "" if value is None else str(value)


def _met(
    of: Callable[[Any], Any], met: str = "who met it, of those who could be judged"
) -> tuple[TableColumn, ...]:
    """Return the columns for those who met something, among those judged in it: `of` a row is their
    proportion."""
    return (
        TableColumn("met, judged", COUNT, met, lambda row: _share(of(row))[:2]),
        TableColumn(
            "share, low, high", SHARE, "`met` / `judged` and its interval", lambda row: _share(of(row))[2:]
        ),
    )


def _judged(is_certain: Callable[[Any], object]) -> tuple[TableColumn, ...]:
    """Return the columns for those not judged in a criterion, and those whose status is uncertain."""
    return (
        TableColumn("insufficient", COUNT, "candidates who were asked too few items of it to be judged",
               lambda one: one.insufficient),
        TableColumn("undecided", COUNT, "only where certainty is asked: those judged of whom neither met nor not met "
               "could be said", lambda one: one.undecided, is_certain),
    )  # fmt: skip


def _group(mean: str, interval: str, passed: str, rate: str) -> tuple[TableColumn, ...]:
    """How a centre or a form did, in these words; a row begins with the group."""
    return (
        TableColumn("mean_percent, sd_percent", PERCENT, mean, lambda one: (one.mean.value, one.mean.sd)),
        TableColumn("mean_low, mean_high", PERCENT, interval, lambda one: (one.mean.low, one.mean.high)),
        TableColumn("passed, passed_of", COUNT, passed, lambda one: _share(one.passed)[:2]),
        TableColumn(
            "pass_rate, pass_rate_low, pass_rate_high", SHARE, rate, lambda one: _share(one.passed)[2:]
        ),
    )


# ── the cohort ───────────────────────────────────────────────────────────────────────────────


def _in_points(report: Any) -> bool:
    return report.distribution is None or report.distribution.in_points


def _bars(report: Any) -> list[tuple[Any, Any]]:
    return [(report.distribution, bar) for bar in report.distribution.bars] if report.distribution else []


def _ends_of_bar(row: Any) -> tuple[float, float]:
    bars, bar = row
    return bar.low, bar.low + 1 if bars.single else bars.until(bar)


def _bands(report: Any) -> list[tuple[Any, Any, Any, int, Any]]:
    """Return for each place the row of everybody, then one for each band of scores."""
    heat = report.heat
    return [
        (row.place, low, None if low is None else low + 10, size, met)
        for row in heat.rows
        for low, size, met in zip(
            (None, *heat.bands), (report.n, *heat.sizes), (row.met, *row.bands), strict=True
        )
    ]


def _strips(report: Any) -> list[tuple[Any, int]]:
    strips = report.heat.strips
    return [] if strips is None else [(strips, k) for k in range(len(strips.percent))]


def _places_of_strips(report: Any) -> list[str]:
    strips = report.heat.strips
    return [
        f"{place.unit}:{place.code} {what}"
        for place in (strips.places if strips is not None else ())
        for what in ("met", "judged")
    ]


def _counts(*names: str) -> Callable[[Any], list[str]]:
    """Those of these columns that the ledger of a run has."""
    return lambda report: (
        [] if report.ledger is None else [name for name in names if name in report.ledger.columns]
    )


def _of_ledger(*names: str) -> Callable[[Any], list[int | None]]:
    return lambda row: [int(row[name]) if row[name] else None for name in names if name in row]


_SUMS = ("registered", "present", "absent", "scored", "quarantined", "missing")
_BESIDE = ("absent_but_scored", "absent_in_quarantine", "not_on_roster")

_NEAR_THE_CUT = ReportTable(
    "near_the_cut", "Candidates marked for a second look, the nearest to the cut first.",
    lambda report: report.near or (),
    (
        TableColumn("candidate_id, name, form", TEXT, "the candidate and the form", lambda one: one[:3]),
        TableColumn("score, cut", POINTS, "the total, and the cut of that form",
               lambda one: (_real(one.score), one.cut)),
        TableColumn("distance", POINTS, "`score` − `cut`: below 0 is below the cut", lambda one: one.distance),
        TableColumn("decision", CODE, "`pass` or `fail`; not always what the distance says, where criteria must be met "
               "as well", lambda one: one.decision),
        TableColumn("second_look", CODE, "`open`, `upheld` or `changed`", lambda one: one.look),
        TableColumn("second_look_date", TEXT, "the day that it was decided", lambda one: one.look_day),
    ),
)  # fmt: skip
_QUARANTINE_REASONS = ReportTable(
    "quarantine_reasons", "", lambda report: report.quarantine,
    (
        TableColumn("reason", CODE, "why rows were set aside: [the reasons](file-formats.md#results)",
               lambda row: row[0]),
        TableColumn("rows", COUNT, "how many rows", lambda row: row[1]),
    ),
)  # fmt: skip
_UNRECONCILED_COUNTS = ReportTable(
    "unreconciled_counts", "", lambda report: report.unreconciled,
    (
        TableColumn("what", CODE, "what does not add up, as `unreconciled.csv` of the run has it", lambda row: row[0]),
        TableColumn("n", COUNT, "how often", lambda row: row[1]),
    ),
)  # fmt: skip
_LEDGER = ReportTable(
    "ledger",
    "With a roster: a row for all, for each form, for each room. Without one there are no rows and no "
    "columns but the first two.",
    lambda report: () if report.ledger is None else report.ledger.iter_rows(named=True),
    (
        TableColumn("by", CODE, "`total`, `room` or `form`", lambda row: row["by"]),
        TableColumn("name", TEXT, "the room or form", lambda row: row["name"]),
        TableColumn(", ".join(_SUMS), COUNT, "registered = present + absent; present = scored + quarantined + missing",
               _of_ledger(*_SUMS), each=_counts(*_SUMS)),
        TableColumn("status_unknown", COUNT, "of whom it is not known whether they came",
               _of_ledger("status_unknown"), each=_counts("status_unknown")),
        TableColumn(", ".join(_BESIDE), COUNT, "who should not be there, beside those sums",
               _of_ledger(*_BESIDE), each=_counts(*_BESIDE)),
    ),
)  # fmt: skip
_NO_RESULT = ReportTable(
    "no_result",
    "Candidates without a result: those on the roster without a row, then rows in quarantine, then absent candidates. "
    "Rows that were decided not to be used are left out.",
    lambda report: report.aside,
    (
        TableColumn("candidate_id, name", TEXT, "who, as far as it is known", lambda one: one[:2]),
        TableColumn("what", CODE, "as `unreconciled.csv` of the run has it, or `excused`: absent with leave, by "
               "a decision on record; empty where no roster was given",
               lambda one: one.what),
        TableColumn("file, line", TEXT, "the row in quarantine", lambda one: (one.file, one.line)),
        TableColumn("reason", CODE, "[why it was set aside](file-formats.md#results)", lambda one: one.reason),
    ),
)  # fmt: skip
_NOT_USED = ReportTable(
    "not_used", "Rows that were decided not to be used.", lambda report: report.unused,
    (
        TableColumn("candidate_id", TEXT, "the number in the row, right or wrong", lambda one: one[0]),
        TableColumn("file, line", TEXT, "the row", lambda one: (one.file, one.line)),
        TableColumn("reason", CODE, "[why it is not used](file-formats.md#results)", lambda one: one.reason),
    ),
)  # fmt: skip

COHORT = (
    ReportTable("summary", "One row.", lambda report: (report,), (
        TableColumn("candidates", COUNT, "candidates scored", lambda one: one.n),
        TableColumn("mean_percent, sd_percent, median_percent", PERCENT,
               "mean, standard deviation (divided by n − 1) and median of scores", lambda one: one.summary[1:4]),
        TableColumn("least_percent, greatest_percent", PERCENT, "the lowest and the highest score",
               lambda one: one.summary[4:]),
        TableColumn("passed_n, passed_of", COUNT, "who passed, of how many; empty where the exam has no pass rule",
               lambda one: _share(one.passed)[:2]),
        TableColumn("passed_share, passed_low, passed_high", SHARE, "the pass rate and its interval",
               lambda one: _share(one.passed)[2:]),
    )),
    ReportTable("distribution", "A row for each bar. Bars are of points where all forms have the same points and the same "
          "cut, else of per cent.", _bars, (
        TableColumn("from_points, below_points", POINTS, "scores of this much and more, and less than that; in place of "
               "the next two. Where bars are ranges the last one has the full score as well: 95 to 100",
               _ends_of_bar, _in_points),
        TableColumn("from_percent, below_percent", PERCENT, "the same in per cent, by steps of 5",
               _ends_of_bar, lambda report: not _in_points(report)),
        TableColumn("candidates, passed", COUNT, "candidates with such a score, and who of them passed",
               lambda row: (row[1].n, row[1].passed)),
        TableColumn("to_points", POINTS, "where all scores are whole: the greatest of the bar, so that 0 to below 5 is "
               "0–4", lambda row: row[0].greatest(row[1]), _in_points),
    )),
    ReportTable("heat_map", "A row for each unit, element and criterion and each band of ten per cent with candidates; "
          "before them one for all candidates.", _bands, (
        TableColumn("level", CODE, "`unit`, `element` or `pc`", lambda row: row[0].level),
        TableColumn("unit, element, code", TEXT, "where in the standard; `code` is the unit's, the element's or the "
               "criterion's own", lambda row: row[0][1:4]),
        TableColumn("from_percent, to_percent", WHOLE_PERCENT, "the band of scores: from this on, below that (the "
               "last one with 100); empty for all candidates", lambda row: row[1:3]),
        TableColumn("candidates", COUNT, "candidates in the band", lambda row: row[3]),
        *_met(lambda row: row[4]),
    )),
    ReportTable("candidates_by_criteria", "At most 60 candidates, a row each, from the best score down. A larger cohort has "
          "no rows here, and no columns of places: see `strips`.", lambda report: report.heat.people, (
        TableColumn("place", COUNT, "from the best score on, 1 …; no number, for trainers read this", lambda one: one.rank),
        TableColumn("score", POINTS, "the total", lambda one: _real(one.score)),
        TableColumn("decision", CODE, "`pass`, `fail`, or empty", lambda one: one.decision),
        TableColumn("<UNIT>:<CODE>", CODE, "a column for each unit, element and criterion: `met`, `not_met`, "
               "`insufficient` (too few items), `not_assessed`, and `undecided` where "
               "[certainty](judgement.md#certainty) is asked", lambda one: one.statuses,
               each=lambda report: [f"{row.place.unit}:{row.place.code}"
                                    for row in (report.heat.rows if report.heat.people else ())]),
    )),
    ReportTable("strips", "More than 60 candidates, from the best score down: a row for each column of the picture, one "
          "candidate each, or as many as make 500 columns.", _strips, (
        TableColumn("from_rank, to_rank", COUNT, "the places, from the best score on, that the column covers; ties are "
               "in the order of the files", lambda row: (row[0].ends[row[1]] + 1, row[0].ends[row[1] + 1])),
        TableColumn("mean_percent", PERCENT, "their mean score", lambda row: row[0].percent[row[1]]),
        TableColumn("passed", COUNT, "how many of them passed; empty if the exam has no pass rule",
               lambda row: None if row[0].passed is None else row[0].passed[row[1]]),
        TableColumn("<UNIT>:<CODE> met, <UNIT>:<CODE> judged", COUNT, "for each unit, element and criterion: how many of them "
               "met it, and how many could be judged",
               lambda row: [n for both in zip(row[0].met[:, row[1]], row[0].judged[:, row[1]], strict=True)
                            for n in both],
               each=_places_of_strips),
    )),
    ReportTable("criteria", "A row for each criterion, the least met first; criteria without judged "
          "candidates come last.", lambda report: report.lacks, (
        TableColumn("unit, element, pc, text", TEXT, "the criterion and its words", lambda one: one.place[1:]),
        *_met(lambda one: one.met),
        TableColumn("mean_percent", PERCENT, "the mean of what candidates had of its points",
               lambda one: one.mean_percent),
        *_judged(lambda report: report.facts.undecided is not None),
    )),
    ReportTable("marks", "A row for all forms together (`form` is empty), and one for each where there are several.",
          lambda report: report.marks, (
        TableColumn("form", TEXT, "the form; booklets count under the form that they were drawn from",
               lambda row: row.form),
        TableColumn("candidates", COUNT, "who sat it", lambda row: row.candidates),
        TableColumn("questions", COUNT, "answers that could have been given: candidates × questions",
               lambda row: row.questions),
        TableColumn("answered, blank, multiple, invalid", COUNT, "what became of them; they add up to `questions`",
               lambda row: row.counts),
        TableColumn("candidates_with_blank, candidates_with_multiple, candidates_with_invalid", COUNT,
               "candidates with at least one such", lambda row: [one.n for one in row.with_any]),
    )),
    ReportTable("blanks", "", lambda report: report.blanks, (
        TableColumn("blank", COUNT, "a number of answers left blank", lambda row: row[0]),
        TableColumn("candidates", COUNT, "how many left exactly so many", lambda row: row[1]),
    )),
    _QUARANTINE_REASONS,
    _UNRECONCILED_COUNTS,
    _LEDGER,
)  # fmt: skip

# ── centres and forms ────────────────────────────────────────────────────────────────────────

CENTRE = (
    ReportTable("centres", "In the order of the Thai dictionary; candidates without a known centre come last, without a name. A "
          "centre is what the answers name, else the roster, else the list that papers were printed from. "
          "If no centre is known, these are rooms; if no room is known either, answer files.",
          lambda report: report.centres, (
        TableColumn("centre", TEXT, "its name", lambda one: one.name),
        TableColumn("candidates", COUNT, "candidates scored", lambda one: one.n),
        *_group("mean and standard deviation (n − 1) of scores",
                "the 95 % interval of the mean (Student's t). In a small centre it may reach below 0 or "
                "above 100; the page cuts it there. Empty where all have one score: it would be that score "
                "alone",
                "who passed, of how many; empty where the exam has no pass rule", "the pass rate and its interval"),
        TableColumn("verdict", CODE, "`within`, `below-95`, `above-95`, `below-99.8`, `above-99.8`: against the limits of "
               "the funnel; `small`: fewer than 10 candidates; empty: nothing is compared", lambda one: one.verdict),
        TableColumn("forms", TEXT, "the forms that were sat there, and by how many: `A=12 B=10`",
               lambda one: " ".join(f"{form}={n}" for form, n in one.forms)),
    )),
    ReportTable("funnel_limits", "The lines of the funnel. No rows where fewer than two centres have 10 candidates.",
          lambda report: [(level, *point) for level, points in report.funnel for point in points], (
        TableColumn("level", SHARE, "0.95 or 0.998: so many centres would lie between the lines, were all alike",
               lambda row: row[0]),
        TableColumn("candidates", COUNT, "a number of candidates", lambda row: row[1]),
        TableColumn("low, high", SHARE, "the lowest and the highest pass rate within the lines", lambda row: row[2:]),
    )),
    ReportTable("forms", "", lambda report: report.forms, (
        TableColumn("form", TEXT, "the form; booklets count under the form that they were drawn from",
               lambda one: one.name),
        TableColumn("candidates", COUNT, "who sat it", lambda one: one.n),
        *_group("as of centres", "as of centres", "as of centres", "as of centres"),
        TableColumn("cut_points, sem_points", POINTS, "the cut on the total, and one standard error of measurement at it; "
               "empty where the total decides nothing, or booklets of the form have different cuts",
               lambda one: (one.cut or (None, None))[:2]),
        TableColumn("max_points", POINTS, "what could be had; empty with the cut", lambda one: one.cut and one.cut.most),
    )),
    ReportTable("form_differences", "Up to six forms of 10 candidates or more by pairs; of more forms, each against all the "
          "others together.", lambda report: report.contrasts, (
        TableColumn("form, other", TEXT, "the first less the second; `other` is empty for all the others together",
               lambda one: one[:2]),
        TableColumn("mean_difference, mean_low, mean_high", PERCENT, "the difference of mean scores in percentage points, "
               "and its 95 % interval (Welch)", lambda one: one.mean),
        TableColumn("rate_difference, rate_low, rate_high", SIGNED, "the difference of pass rates, and its 95 % interval "
               "(Newcombe)", lambda one: one.passed),
    )),
)  # fmt: skip

# ── coverage of the standard ─────────────────────────────────────────────────────────────────

COVERAGE = (
    ReportTable("criteria", "Every criterion of the standard in its order, asked or not.",
          lambda report: [one for part in report.parts for one in part.lines], (
        TableColumn("unit, element, pc, text", TEXT, "the criterion and its words", lambda one: one[:4]),
        TableColumn("items_<FORM>", COUNT, "a column for each form: its items of this criterion. With more than 1,000 "
               "forms `items_least` and `items_most`", lambda one: one.items,
               each=lambda report: [f"items_{form}" for form in report.forms]),
        TableColumn("candidates", COUNT, "who were asked", lambda one: one.candidates),
        TableColumn("mean_percent", PERCENT, "the mean of what they had of its points", lambda one: one.mean_percent),
        *_met(lambda one: one.met),
        *_judged(lambda report: report.undecided),
    )),
    ReportTable("standard", "A row for all units together, for each unit and for each element.",
          lambda report: report.parts, (
        TableColumn("part", CODE, "`all`, `unit` or `element`", lambda one: one.part),
        TableColumn("unit, element, title", TEXT, "where in the standard, and its words", lambda one: one[1:4]),
        TableColumn("criteria", COUNT, "criteria that the standard states there", lambda one: one.criteria),
        TableColumn("asked_<FORM>", COUNT, "a column for each form: how many of them it asks", lambda one: one.asked,
               each=lambda report: [f"asked_{form}" for form in report.forms]),
        TableColumn("met_of_asked, met_of_all", PERCENT, "criteria met, candidates and criteria counted together: of those "
               "that candidates were asked, and of all that are stated: [file "
               "formats](file-formats.md#results)",
               lambda one: (_real(one.met_of_asked), _real(one.met_of_all))),
        *_met(lambda one: one.met if one.part != "all" else None,
              "candidates who met the unit or element itself, of those judged in it, as in the cohort's "
              "`heat_map`; empty for all units together"),
    )),
)  # fmt: skip

# ── the committee's book ─────────────────────────────────────────────────────────────────────


def _place(where: Any) -> str:
    """A place of a correction: `A:13=C`, `A×120` of booklets, `001…900×900` of many forms."""
    if "booklets" in where:
        return f"{where['drawn_from']}×{where['booklets']}"
    if "forms" in where:
        ends = (str(where[name]) for name in ("first", "last") if name in where)
        return f"{'…'.join(ends)}×{where['forms']}"
    return f"{where['form']}:{where['question']}{'=' if 'key' in where else ''}{where.get('key', '')}"


def _document(names: str, unit: str, what: str, between: str = " ") -> TableColumn:
    """Fields of a document of the audit, as texts."""
    keys = names.split(", ")
    if len(keys) == 1:
        return TableColumn(names, unit, what, lambda one: _joined(one.get(names), between))
    return TableColumn(names, unit, what, lambda one: [_joined(one.get(key), between) for key in keys])


def _moved(scores: str, lacking: str) -> tuple[TableColumn, ...]:
    """Return the columns for those who differ from another scoring; cells are empty if somebody is
    `lacking` there."""
    change = "how far the points before rounding are apart: a third more is 0.333333"
    return (
        TableColumn("candidate_id, name", TEXT, "the candidate", lambda one: one[:2]),
        TableColumn("score_before, score_after", POINTS, scores, lambda one: (one.score_before, one.score_after)),
        TableColumn("change", POINTS, change + (lacking and "; empty where one run has no row of the candidate"),
               lambda one: one.change),
        TableColumn("decision_before, decision_after", CODE, "`pass`, `fail`, or empty",
               lambda one: (one.decision_before, one.decision_after)),
        TableColumn("criteria", TEXT, "each status that changed: `A4012.01: not_met → met`", lambda one: one.criteria),
        TableColumn("max_score_before, max_score_after", POINTS, "what could be had" + (lacking and f"; {lacking}"),
               lambda one: (one.most_before, one.most_after)),
    )  # fmt: skip


_LACKING = "empty where that run has no row of the candidate"

_CORRECTIONS = ", ".join(f"`{kind}`" for kind in CORRECTION_KINDS)

COMMITTEE = (
    ReportTable("list", "All candidates, by centre, in the order of the list for signature.",
          lambda book: ((centre, one) for centre in book.centres for one in centre.people), (
        TableColumn("centre, candidate_id, name, form", TEXT, "who, where, on which form",
               lambda row: (row[0].name, *row[1][:3])),
        TableColumn("score, max_score", POINTS, "the total, and what could be had",
               lambda row: (_real(row[1].score), _real(row[1].max_score))),
        TableColumn("percent", PERCENT, "as `candidates.csv` has it, two decimals", lambda row: _real(row[1].percent)),
        TableColumn("decision", CODE, "`pass`, `fail`, or empty", lambda row: row[1].decision),
        TableColumn("second_look", CODE, "`yes` within one SEM of the cut, else `no`",
               lambda row: "yes" if row[1].second_look else "no"),
        TableColumn("marks", CODE, "`second_look` (open), `upheld`, `changed`, `absent_but_scored`, `not_on_roster`, `other_form`, "
               "`also_in_quarantine`, `signal`, `synthetic`: [the signs of the list](reports.md#committee); "
               "several are parted by blanks", lambda row: " ".join(row[1].marks)),
        TableColumn("why", CODE, "of who did not pass the first part of the rule that was not held: `total`, `criteria`, "
               "`elements`, `units`, `at_least`; `blank` where nothing was marked at all",
               lambda row: row[1].cause.kind if row[1].cause else ""),
        TableColumn("why_percent", PERCENT, "what that part asks, where it is about places",
               lambda row: _real(row[1].cause.percent) if row[1].cause else None),
        TableColumn("why_place", TEXT, "the first place that missed it, where it is about places",
               lambda row: row[1].cause.code if row[1].cause else ""),
    )),
    ReportTable("corrections", "", lambda book: book.corrections, (
        _document("kind", CODE, f"{_CORRECTIONS}: [what each does](scoring.md#corrections-of-the-key)"),
        _document("form, question, item, key, reason, by, date", TEXT, "as `corrections.yaml` has them"),
        TableColumn("places", TEXT, "where it holds: form, question and the key there by the letter that the papers print "
               "(`A:13=C B:8=A`), `A×120` for 120 booklets drawn from form A, `001…900×900` for more than 50 "
               "places",
               lambda one: " ".join(map(_place, one.get("places") or ()))),
    )),
    ReportTable("decided", "Decisions of graders on rows and marks.",
          lambda book: book.decided, (
        _document("file, line", TEXT, "the row of the answer file"),
        _document("decision", TEXT, "what was decided"),
        _document("reason, by, date", TEXT, "as the grader wrote them"),
    )),
    ReportTable("persons", "Decisions on persons, in the order of the record of the sitting.",
          lambda book: book.persons, (
        TableColumn("candidate_id", TEXT, "the candidate", lambda one: one.candidate_id),
        TableColumn("decision", CODE, ", ".join(f"`{name}`" for name in DECISION_NAMES),
               lambda one: one.decision),
        TableColumn("run, score, max_score, result", TEXT, "the run and the result that were looked at",
               lambda one: (str(one.run or ""), *(one.result or ("", "", "")))),
        TableColumn("method", CODE, "the method of assessment that `waived` and its `restored` are about",
               lambda one: one.method),
        TableColumn("reason, by, confirmed_by, evidence, date", TEXT, "as who decided wrote them",
               lambda one: (one.reason, one.by, one.confirmed_by, one.evidence, one.date)),
    )),
    ReportTable("left_out", "What an earlier run had and this one leaves out on purpose (`score --without`).",
          lambda book: book.left_out, (
        _document("what", CODE, "`corrections`, `decisions`, `roster`, `scaled`, `cut`, `answers`, `candidates`"),
        _document("run", TEXT, "the run that had it"),
        _document("n", TEXT, "how many"),
        _document("named", TEXT, "the first of them", "; "),
    )),
    ReportTable("moved", "Candidates whose result differs from the run before, changed decisions first.",
          lambda book: book.corrected.moved if book.corrected else (), _moved(_LACKING, _LACKING)),
    ReportTable("by_corrections", "Candidates whose result the corrections changed: the run and a scoring of the same answers, "
          "with the same decisions on rows, without them. Changed decisions come first.",
          lambda book: book.by_key.moved if book.by_key else (),
          _moved("of the scoring without them, and of the run", "")),
    ReportTable("signals", "A row for each candidate whom a signal names.",
          lambda book: [(signal, *row) for signal in book.signals or () for row in signal.rows], (
        TableColumn("signal", TEXT, "the number of the signal in the book", lambda row: row[0].number),
        TableColumn("kind", CODE, "[what was seen](scoring.md#suspicious-answers)", lambda row: row[0].kind),
        TableColumn("candidate_id, form", TEXT, "who, on which form", lambda row: row[1:]),
    )),
    ReportTable("items", "Items with a flag, where the run was analysed (`examgen analyse exam`).",
          lambda book: book.items.flagged if book.items else (), (
        TableColumn("item, pc", TEXT, "the item and its criterion", lambda one: one[:2]),
        TableColumn("n", COUNT, "candidates who were asked it", lambda one: one.n),
        TableColumn("facility", SHARE, "the mean share of its points", lambda one: one.facility),
        TableColumn("item_rest", SIGNED, "correlation with the score on the rest", lambda one: one.item_rest),
        TableColumn("flags", CODE, "[why it is to be looked at](statistics.md); several are parted by blanks",
               lambda one: " ".join(one.flags)),
    )),
    ReportTable("repeated", "One row, where it can be said [how often decisions would "
          "repeat](judgement.md#an-exam) on a parallel form: of 100 candidates or more, 10 at least on each "
          "side of the decision.",
          lambda book: () if book.repeated is None or book.repeated.shares is None else (book.repeated,), (
        TableColumn("n", COUNT, "candidates whose answers it rests on", lambda one: one.n),
        TableColumn("consistency, kappa", SHARE, "decided alike in two administrations; the same beyond chance",
               lambda one: [one.shares[name] for name in ("consistency", "kappa")]),
        TableColumn("accuracy, false_pass, false_fail", SHARE, "decided as the true scores say; passed and should not "
               "have; did not pass and should have; empty for a rule on more than the total",
               lambda one: [one.shares[name] for name in ("accuracy", "false_pass", "false_fail")]),
        TableColumn("pass_again, fail_again", SHARE, "of those who passed, who would pass again; of those who did not, who "
               "would not again", lambda one: [one.shares[name] for name in ("pass_again", "fail_again")]),
    )),
    *(
        table._replace(of=lambda book: book.cohort)
        for table in (_NEAR_THE_CUT, _LEDGER, _QUARANTINE_REASONS, _UNRECONCILED_COUNTS, _NO_RESULT, _NOT_USED)
    ),
)  # fmt: skip


# ── the technical report ─────────────────────────────────────────────────────────────────────


def _accounted(report: Any) -> list[tuple[str, str, int]]:
    """Return the counts of everybody by outcome, then the reasons of rows and persons without a result,
    then decisions."""
    total = {} if report.cohort.ledger is None else report.cohort.ledger.row(0, named=True)
    looks = report.looks
    return [
        *(("ledger", name, int(n or 0)) for name, n in total.items() if name not in ("by", "name")),
        ("scored", "scored", report.cohort.n),
        *(("quarantine", code, n) for code, n in report.cohort.quarantine),
        *(("unreconciled", code, n) for code, n in report.cohort.unreconciled),
        *(("second_look", name, len(getattr(looks, name))) for name in ("upheld", "changed", "open")),
        *(("person", name, n) for name, n in sorted(report.persons.items())),
    ]


def _content_cells(report: Any) -> list[tuple[Any, str, int, float | None]]:
    return [
        (row, *cells)
        for row in report.content
        for cells in zip(report.form_names, row.items, row.means, strict=True)
    ]


def _of_form(*names: str) -> Callable[[Any], list[Any]]:
    return lambda form: [form[name] for name in names]


_REPEATED = ("consistency", "kappa", "accuracy", "false_pass", "false_fail", "pass_again", "fail_again")

TECHNICAL = (
    ReportTable("accounted", "Counts of the ledger, of rows in quarantine, of discrepancies, of second looks and of "
          "valid decisions on persons.", _accounted, (
        TableColumn("of, what", CODE, "`ledger`, `scored`, `quarantine`, `unreconciled`, `second_look` or `person`, and what is "
               "counted", lambda row: row[:2]),
        TableColumn("n", COUNT, "how many", lambda row: row[2]),
    )),
    ReportTable("centres", "A row for each centre, or for each room or answer file used instead.", lambda report: report.centres, (
        TableColumn("centre", TEXT, "its name; empty where it is not known", lambda one: one.name),
        TableColumn("candidates", COUNT, "candidates scored", lambda one: one.n),
        TableColumn("passed", COUNT, "who passed", lambda one: None if one.passed is None else one.passed.n),
    )),
    ReportTable("content", "A row for each criterion and each cognitive level, on each form with candidates.",
          _content_cells, (
        TableColumn("unit, code, form", TEXT, "the unit (empty of a cognitive level), the criterion or level, the form",
               lambda row: (row[0].unit, row[0].code, row[1])),
        TableColumn("items", COUNT, "scored items, as printed", lambda row: row[2]),
        TableColumn("mean_percent", PERCENT, "of a criterion: the mean of what candidates of the form had of its points",
               lambda row: row[3]),
    )),
    ReportTable("forms", "A row for each form, where there are not more than 20.", lambda report: report.forms, (
        TableColumn("form", TEXT, "the form", lambda form: str(form["form"])),
        TableColumn("candidates, items", COUNT, "who sat it, and its scored items", _of_form("n_candidates", "n_items")),
        TableColumn("mean_right, sd_right", POINTS, "number right: mean and standard deviation (n − 1)", _of_form("mean", "sd")),
        TableColumn("alpha, alpha_low, alpha_high", SIGNED, "Cronbach's alpha and Feldt's 95 % interval",
               _of_form("alpha", "alpha_low", "alpha_high")),
        TableColumn("sem", POINTS, "standard error of measurement from alpha, in items right", lambda form: form["sem"]),
        TableColumn("mean_points, sd_points, most_points", POINTS, "points of the run: mean, standard deviation, what can be had",
               _of_form("points_mean", "points_sd", "max_points")),
        TableColumn("cut_points, sem_at_cut", POINTS, "the cut on the total, and the standard error there",
               _of_form("cut_points", "sem_at_cut")),
    )),
    ReportTable("items", "A row for each item, in the order of the item analysis: those that need attention first.",
          lambda report: report.items, (
        TableColumn("item, pc", TEXT, "the item and its criterion", lambda one: (one.item, one.pc)),
        TableColumn("standing", CODE, "`scored` or `pilot`", lambda one: one.standing),
        TableColumn("n", COUNT, "candidates who had it", lambda one: one.n),
        TableColumn("facility", SHARE, "the share who answered right", lambda one: one.facility),
        TableColumn("item_rest", SIGNED, "correlation with the number right on the others", lambda one: one.item_rest),
        TableColumn("flags", CODE, "[flags](analysis.md) of the item analysis", lambda one: " ".join(one.flags)),
        TableColumn("uses", COUNT, "earlier administrations that asked it, as known when the exam was built",
               lambda one: one.uses),
    )),
    ReportTable("repeated", "How often decisions would repeat on a parallel form, where that can be said.",
          lambda report: [] if report.repeated is None or report.repeated.shares is None else
          [(name, report.repeated.shares[name]) for name in _REPEATED], (
        TableColumn("figure", CODE, "as [the analysis](judgement.md#after-the-exam-would-the-decision-repeat) calls it", lambda row: row[0]),
        TableColumn("value", SIGNED, "the estimate", lambda row: row[1]),
    )),
    ReportTable("dif", "A row for each item of ETS class B or C, of each group beside all others of the form.",
          lambda report: [(one, item) for one in report.dif for item in one.items.iter_rows(named=True)], (
        TableColumn("form, group", TEXT, "the form and the group", lambda row: (row[0].form, row[0].group)),
        TableColumn("candidates, others", COUNT, "of the group, and the others on the form", lambda row: (row[0].n, row[0].n_others)),
        TableColumn("item", TEXT, "the item", lambda row: row[1]["item"]),
        TableColumn("delta", POINTS, "Mantel–Haenszel Δ: below 0 the item is harder for the group", lambda row: row[1]["delta"]),
        TableColumn("ets", TEXT, "the class with the sign of Δ", lambda row: row[1]["ets"]),
    )),
    ReportTable("corrections", "A row for each correction of the key, in its order.", lambda report: report.corrections, (
        TableColumn("kind", CODE, "what was done", lambda one: one["kind"]),
        TableColumn("form, question, item", TEXT, "where", lambda one: [_joined(one.get(name)) for name in ("form", "question", "item")]),
    )),
)  # fmt: skip
