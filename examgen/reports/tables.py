"""The tables behind the reports: a report → its tables by name, as CSV files and the sheets of a workbook.

`docs/reports.md` describes each column. Every table is written for every cohort; a table without data has no
rows.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import polars as pl

if TYPE_CHECKING:
    from examgen.rendering.parts import Proportion
    from examgen.reports.centre_report.report import CentreReport
    from examgen.reports.cohort_report.report import CohortReport
    from examgen.reports.committee_report.report import CommitteeBook, Corrected
    from examgen.reports.coverage_report.report import CoverageReport
    from examgen.reports.form_groups import CandidateGroup
    from examgen.reports.technical_report.report import TechnicalReport

Schema = dict[str, Any]
Tables = dict[str, pl.DataFrame]


def _text(names: str) -> Schema:
    return dict.fromkeys(names.split(), pl.String)


def _count(names: str) -> Schema:
    return dict.fromkeys(names.split(), pl.Int64)


def _real(names: str) -> Schema:
    return dict.fromkeys(names.split(), pl.Float64)


def _frame(schema: Schema, rows: Iterable[Iterable[object]]) -> pl.DataFrame:
    return pl.DataFrame([list(row) for row in rows], schema, orient="row")


# ── cells ────────────────────────────────────────────────────────────────────────────────────


def _share(of: Proportion | None) -> Sequence[float | None]:
    """Return the cells of a proportion: n, of, share, low, high (0 to 1)."""
    return (None,) * 5 if of is None else (of.n, of.of, of.share, of.low, of.high)


_MET = _count("met judged") | _real("share low high")


def _number(text: str | None) -> float | None:
    """Return a number from a file; None if the text is missing or empty."""
    return float(text) if text else None


def _entries(document: Mapping[str, Any], names: str, between: str = " ") -> Iterator[str]:
    """Yield entries of a document of the audit as text."""
    for name in names.split():
        value = document.get(name)
        yield (
            between.join(map(str, value))
            if isinstance(value, list | tuple)
            else str("" if value is None else value)
        )


def _place(where: Mapping[str, Any]) -> str:
    """Return the place of a correction as text: `A:13=C`, `A×120` for booklets, `001…900×900` for many forms."""
    if "booklets" in where:
        return f"{where['drawn_from']}×{where['booklets']}"
    if "forms" in where:
        ends = (str(where[name]) for name in ("first", "last") if name in where)
        return f"{'…'.join(ends)}×{where['forms']}"
    return f"{where['form']}:{where['question']}{'=' if 'key' in where else ''}{where.get('key', '')}"


# ── the cohort ───────────────────────────────────────────────────────────────────────────────


def cohort_tables(report: CohortReport) -> Tables:
    """Return the tables of the cohort report."""
    one, heat = report.summary, report.heat
    is_certain = report.facts.undecided is not None
    places = [f"{row.place.unit}:{row.place.code}" for row in heat.rows]
    head = _count("candidates") | _real(
        "mean_percent sd_percent median_percent least_percent greatest_percent"
    )
    passed = _count("passed_n passed_of") | _real("passed_share passed_low passed_high")
    return {
        "summary": _frame(head | passed, [(*one, *_share(report.passed))]),
        "distribution": _distribution(report),
        "heat_map": _frame(
            _text("level unit element code") | _count("from_percent to_percent candidates") | _MET,
            (
                (*row.place[:4], low, None if low is None else low + 10, size, *_share(met))
                for row in heat.rows
                for low, size, met in zip(
                    (None, *heat.bands), (report.n, *heat.sizes), (row.met, *row.bands), strict=True
                )
            ),
        ),
        "candidates_by_criteria": _frame(
            _count("place")
            | _real("score")
            | _text("decision")
            | dict.fromkeys(places if heat.people else (), pl.String),
            ((who.rank, _number(who.score), who.decision, *who.statuses) for who in heat.people),
        ),
        "criteria": _frame(
            _text("unit element pc text") | _MET | _real("mean_percent") | _not_judged(is_certain),
            (
                (*row.place[1:], *_share(row.met), row.mean_percent, row.insufficient)
                + ((row.undecided,) if is_certain else ())
                for row in report.lacks
            ),
        ),
        "marks": _frame(
            _text("form")
            | _count("candidates questions answered blank multiple invalid")
            | _count("candidates_with_blank candidates_with_multiple candidates_with_invalid"),
            (
                (row.form, row.candidates, row.questions, *row.counts, *(one.n for one in row.with_any))
                for row in report.marks
            ),
        ),
        "blanks": _frame(_count("blank candidates"), report.blanks),
        **_accounts(report),
    }


def _not_judged(is_certain: bool) -> Schema:
    """Return the columns for candidates who were not judged on a criterion, and for undecided ones if a
    certainty is required."""
    return _count("insufficient undecided" if is_certain else "insufficient")


def _distribution(report: CohortReport) -> pl.DataFrame:
    """Return a row for each bar. Bars in points also have the highest score that they contain."""
    bars = report.distribution
    if bars is not None and not bars.in_points:
        return _frame(
            _real("from_percent below_percent") | _count("candidates passed"),
            ((bar.low, bars.until(bar), bar.n, bar.passed) for bar in bars.bars),
        )
    return _frame(
        _real("from_points below_points") | _count("candidates passed") | _real("to_points"),
        (
            (bar.low, bar.low + 1 if bars.single else bars.until(bar), bar.n, bar.passed, bars.greatest(bar))
            for bar in bars.bars
        )
        if bars is not None
        else (),
    )


_LEDGER = (
    "registered present absent scored quarantined missing status_unknown "
    "absent_but_scored absent_in_quarantine not_on_roster"
)


def _accounts(report: CohortReport) -> Tables:
    """Return the tables of rows and candidates without a score, and the ledger."""
    names = [name for name in _LEDGER.split() if report.ledger is not None and name in report.ledger.columns]
    rows = () if report.ledger is None else report.ledger.iter_rows(named=True)
    return {
        "quarantine_reasons": _frame(_text("reason") | _count("rows"), report.quarantine),
        "unreconciled_counts": _frame(_text("what") | _count("n"), report.unreconciled),
        "ledger": _frame(
            _text("by name") | _count(" ".join(names)),
            (
                (row["by"], row["name"], *(int(row[name]) if row[name] else None for name in names))
                for row in rows
            ),
        ),
    }


# ── centres and forms ────────────────────────────────────────────────────────────────────────


_GROUP = (
    _real("mean_percent sd_percent mean_low mean_high")
    | _count("passed passed_of")
    | _real("pass_rate pass_rate_low pass_rate_high")
)


def _group(one: CandidateGroup) -> tuple[object, ...]:
    """Return the cells of a centre or a form: name, candidates, mean and pass rate."""
    return (one.name, one.n, *one.mean, *_share(one.passed))


def centre_tables(report: CentreReport) -> Tables:
    """Return the tables of the report on centres and forms."""
    return {
        "centres": _frame(
            _text("centre") | _count("candidates") | _GROUP | _text("verdict forms"),
            (
                (*_group(one), one.verdict, " ".join(f"{form}={n}" for form, n in one.forms))
                for one in report.centres
            ),
        ),
        "funnel_limits": _frame(
            _real("level") | _count("candidates") | _real("low high"),
            ((level, *point) for level, points in report.funnel for point in points),
        ),
        "forms": _frame(
            _text("form") | _count("candidates") | _GROUP | _real("cut_points sem_points max_points"),
            (
                (*_group(one), *((one.cut.points, one.cut.sem, one.cut.most) if one.cut else (None,) * 3))
                for one in report.forms
            ),
        ),
        "form_differences": _frame(
            _text("form other")
            | _real("mean_difference mean_low mean_high rate_difference rate_low rate_high"),
            ((one.form, one.other, *one.mean, *one.passed) for one in report.contrasts),
        ),
    }


# ── coverage of the standard ─────────────────────────────────────────────────────────────────


def coverage_tables(report: CoverageReport) -> Tables:
    """Return the tables of the report on coverage of the standard."""
    is_certain = report.undecided is not None
    items, asked = (
        dict.fromkeys((f"{what}_{form}" for form in report.forms), pl.Int64) for what in ("items", "asked")
    )
    return {
        "criteria": _frame(
            _text("unit element pc text")
            | items
            | _count("candidates")
            | _real("mean_percent")
            | _MET
            | _not_judged(is_certain),
            (
                (*one[:4], *one.items, one.candidates, one.mean_percent, *_share(one.met), one.insufficient)
                + ((one.undecided,) if is_certain else ())
                for part in report.parts
                for one in part.lines
            ),
        ),
        "standard": _frame(
            _text("part unit element title")
            | _count("criteria")
            | asked
            | _real("met_of_asked met_of_all")
            | _MET,
            (
                (*one[:5], *one.asked, _number(one.met_of_asked), _number(one.met_of_all))
                + ((None,) * 5 if one.part == "all" else tuple(_share(one.met)))
                for one in report.parts
            ),
        ),
    }


# ── the committee's book ─────────────────────────────────────────────────────────────────────


def committee_tables(book: CommitteeBook) -> Tables:
    """Return the tables of the committee's book."""
    shares = None if book.repeated is None else book.repeated.shares
    cohort = book.cohort
    accounts = _accounts(cohort)
    return {
        "list": _frame(
            _text("centre candidate_id name form")
            | _real("score max_score percent")
            | _text("decision second_look marks why")
            | _real("why_percent")
            | _text("why_place"),
            (
                (
                    centre.name,
                    *one[:3],
                    *map(_number, (one.score, one.max_score, one.percent)),
                    one.decision,
                    "yes" if one.second_look else "no",
                    " ".join(one.marks),
                    one.cause.kind if one.cause else "",
                    _number(one.cause.percent) if one.cause else None,
                    one.cause.code if one.cause else "",
                )
                for centre in book.centres
                for one in centre.people
            ),
        ),
        "corrections": _frame(
            _text("kind form question item key reason by date places"),
            (
                (
                    *_entries(one, "kind form question item key reason by date"),
                    " ".join(map(_place, one.get("places") or ())),
                )
                for one in book.corrections
            ),
        ),
        "decided": _frame(
            _text(names := "file line decision reason by date"),
            (_entries(one, names) for one in book.decided),
        ),
        "persons": _frame(
            _text(
                "candidate_id decision run score max_score result method reason by confirmed_by evidence date"
            ),
            (
                (
                    *(one.candidate_id, one.decision, str(one.run or ""), *(one.result or ("", "", ""))),
                    *(one.method, one.reason, one.by, one.confirmed_by, one.evidence, one.date),
                )
                for one in book.persons
            ),
        ),
        "left_out": _frame(
            _text("what run n named"),
            ((*_entries(one, "what run n"), *_entries(one, "named", "; ")) for one in book.left_out),
        ),
        "moved": _moved(book.corrected),
        "by_corrections": _moved(book.by_key),
        "signals": _frame(
            _text("signal kind candidate_id form"),
            ((one.number, one.kind, *row) for one in book.signals or () for row in one.rows),
        ),
        "items": _frame(
            _text("item pc") | _count("n") | _real("facility item_rest") | _text("flags"),
            ((*one[:5], " ".join(one.flags)) for one in (book.items.flagged if book.items else ())),
        ),
        "repeated": _frame(
            _count("n") | _real(" ".join(REPEATED)),
            []
            if shares is None or book.repeated is None
            else [(book.repeated.n, *(shares[name] for name in REPEATED))],
        ),
        "near_the_cut": _frame(
            _text("candidate_id name form")
            | _real("score cut distance")
            | _text("decision second_look second_look_date"),
            (
                (*one[:3], _number(one.score), one.cut, one.distance, one.decision, one.look, one.look_day)
                for one in cohort.near or ()
            ),
        ),
        **{name: accounts[name] for name in ("ledger", "quarantine_reasons", "unreconciled_counts")},
        "no_result": _frame(_text("candidate_id name what file line reason"), cohort.aside),
        "not_used": _frame(
            _text("candidate_id file line reason"),
            ((one.candidate_id, one.file, one.line, one.reason) for one in cohort.unused),
        ),
    }


REPEATED = ("consistency", "kappa", "accuracy", "false_pass", "false_fail", "pass_again", "fail_again")


def _moved(found: Corrected | None) -> pl.DataFrame:
    """Return the candidates whose result differs from another scoring."""
    return _frame(
        _text("candidate_id name")
        | _real("score_before score_after change")
        | _text("decision_before decision_after criteria")
        | _real("max_score_before max_score_after"),
        found.moved if found is not None else (),
    )


# ── the technical report ─────────────────────────────────────────────────────────────────────

_OF_FORM = {
    "form": "form", "candidates": "n_candidates", "items": "n_items", "mean_right": "mean", "sd_right": "sd",
    "alpha": "alpha", "alpha_low": "alpha_low", "alpha_high": "alpha_high", "sem": "sem",
    "mean_points": "points_mean", "sd_points": "points_sd", "most_points": "max_points",
    "cut_points": "cut_points", "sem_at_cut": "sem_at_cut",
}  # fmt: skip
"""The columns of the table of forms, each with the figure of the analysis that it shows."""


def technical_tables(report: TechnicalReport) -> Tables:
    """Return the tables of the technical report."""
    shares = (report.repeated.shares if report.repeated is not None else None) or {}
    return {
        "accounted": _frame(_text("of what") | _count("n"), _accounted(report)),
        "centres": _frame(
            _text("centre") | _count("candidates passed"),
            ((one.name, one.n, None if one.passed is None else one.passed.n) for one in report.centres),
        ),
        "content": _frame(
            _text("unit code form") | _count("items") | _real("mean_percent"),
            (
                (row.unit, row.code, *cells)
                for row in report.content
                for cells in zip(report.form_names, row.items, row.means, strict=True)
            ),
        ),
        "forms": _frame(
            _text("form") | _count("candidates items") | _real(" ".join([*_OF_FORM][3:])),
            (
                (str(form["form"]), *(form[name] for name in [*_OF_FORM.values()][1:]))
                for form in report.forms
            ),
        ),
        "items": _frame(
            _text("item pc standing")
            | _count("n")
            | _real("facility item_rest")
            | _text("flags")
            | _count("uses"),
            (
                (
                    one.item,
                    one.pc,
                    one.standing,
                    one.n,
                    one.facility,
                    one.item_rest,
                    " ".join(one.flags),
                    one.uses,
                )
                for one in report.items
            ),
        ),
        "repeated": _frame(
            _text("figure") | _real("value"),
            ((name, shares[name]) for name in (REPEATED if shares else ())),
        ),
        "dif": _frame(
            _text("form group") | _count("candidates others") | _text("item") | _real("delta") | _text("ets"),
            (
                (one.form, one.group, one.n, one.n_others, *item)
                for one in report.dif
                for item in one.items.select("item", "delta", "ets").iter_rows()
            ),
        ),
        "corrections": _frame(
            _text("kind form question item"),
            (_entries(one, "kind form question item") for one in report.corrections),
        ),
    }


def _accounted(report: TechnicalReport) -> Iterator[tuple[str, str, int]]:
    """Yield the number of candidates by outcome, and the counts of quarantine reasons and of decisions."""
    if report.cohort.ledger is not None:
        total = report.cohort.ledger.row(0, named=True).items()
        yield from (("ledger", name, int(n or 0)) for name, n in total if name not in ("by", "name"))
    yield "scored", "scored", report.cohort.n
    yield from (("quarantine", code, n) for code, n in report.cohort.quarantine)
    yield from (("unreconciled", code, n) for code, n in report.cohort.unreconciled)
    for name in ("upheld", "changed", "open"):
        yield "second_look", name, len(getattr(report.looks, name))
    yield from (("person", name, n) for name, n in sorted(report.persons.items()))
