"""Judgements on candidates, or judges' limits, and scores of candidates → cut scores of forms.

The methods are borderline group, contrasting groups, borderline regression and Hofstee's compromise.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from examgen.analyses.standard_setting.judged import cut_fields
from examgen.analyses.standard_setting.options import (
    BorderlineOptions,
    ContrastingOptions,
    HofsteeOptions,
    RegressionOptions,
    SettingOptions,
)
from examgen.analyses.standard_setting.subjects import (
    CandidateTotals,
    Document,
    SourcesRead,
    Subject,
    TestForm,
    as_decimal,
    form_named,
    impact,
    note,
    subject_of,
    totals_of,
)
from examgen.bank.cuts import moved
from examgen.capture.judge_tables import (
    BORDERLINE,
    COMPETENT,
    NOT_COMPETENT,
    JudgeCells,
    JudgeRow,
    is_blank,
    rows_of,
)
from examgen.core.candidate_numbers import writing_of
from examgen.core.problems import Problem, Refused, WrongUsage
from examgen.core.words import Message, option, tell
from examgen.psychometrics.cut_scores.candidates import (
    borderline_group,
    borderline_regression,
    contrasting_groups,
    hofstee,
    misclassified,
)
from examgen.stats.results import plain

Floats = NDArray[np.float64]
FEW = 30
"""With fewer candidates in a group, a note says that it is small."""
GROUPS = {"competent": COMPETENT, "borderline": BORDERLINE, "not_competent": NOT_COMPETENT}


class JudgedCandidates(NamedTuple):
    """Judged candidates: the form and points of each, and the row of the table with the judgement."""

    name: str
    rows: tuple[JudgeRow, ...]
    forms: tuple[str, ...]
    points: Floats
    judges: tuple[str, ...]
    """The judges that the table names, if any."""


class FormFound(NamedTuple):
    """The result of a method for a form: the cut, its standard error (NaN if there is none), and the fields
    that the method adds to the document."""

    cut: float
    se: float
    told: Document
    notes: list[Document]


def borderline(options: BorderlineOptions) -> Document:
    """The cut of each form as the median or mean score of its borderline candidates."""
    sources = SourcesRead(options.exam)
    subject = subject_of(options)
    totals = totals_of(sources, options, subject)
    judged = _judged(sources, options.candidates, "group", subject, totals)
    group = _groups(judged)

    def of(form: TestForm, own: NDArray[np.bool_]) -> FormFound:
        scores = judged.points[own & (group == "borderline")]
        if not len(scores):
            message = tell("has no borderline candidate with a score, so the cut cannot be located")
            raise _refused(form, "group-empty", message)
        found = borderline_group(scores, options.centre)
        told = {
            "candidates": len(scores),
            "mean": float(scores.mean()),
            "median": float(np.median(scores)),
            "sd": float(scores.std(ddof=1)) if len(scores) > 1 else None,
            "lowest": float(scores.min()),
            "highest": float(scores.max()),
        }
        return FormFound(found.cut, found.se, told, _small(form, len(scores)))

    return _document("borderline-group", options, sources, subject, judged, totals, of, centre=options.centre)


def contrasting(options: ContrastingOptions) -> Document:
    """The cut of each form: the score at which candidates are as likely to be judged competent as not."""
    sources = SourcesRead(options.exam)
    subject = subject_of(options)
    totals = totals_of(sources, options, subject)
    judged = _judged(sources, options.candidates, "group", subject, totals)
    group = _groups(judged)

    def of(form: TestForm, own: NDArray[np.bool_]) -> FormFound:
        both = own & (group != "borderline")
        scores, competent = judged.points[both], group[both] == "competent"
        sizes = int(competent.sum()), int((~competent).sum())
        if not all(sizes):
            lacking = tell("competent") if not sizes[0] else tell("not competent")
            message = tell("has no candidate judged {lacking}. Two groups are needed", lacking=lacking)
            raise _refused(form, "group-empty", message)
        means = float(scores[competent].mean()), float(scores[~competent].mean())
        try:
            found = contrasting_groups(scores, competent, options.at, options.equal_groups)
        except ArithmeticError:
            message = tell(
                "candidates judged competent have {competent:.2f} points on average, the others "
                "{others:.2f}. The groups do not differ as expected. Check that they are not "
                "swapped",
                competent=means[0],
                others=means[1],
            )
            raise _refused(form, "groups-reversed", message) from None
        notes = _small(form, min(sizes))
        if found.separate:
            message = tell(
                "the groups do not overlap. Every cut above {low:g} up to {high:g} separates "
                "them completely. The midpoint is used, without a standard error",
                low=found.overlap[1],
                high=found.overlap[0],
            )
            notes.append(note("groups-apart", message))
        wrong = misclassified(scores, competent, found.cut)
        told = {
            "candidates": len(scores),
            "competent": sizes[0],
            "not_competent": sizes[1],
            "mean_competent": means[0],
            "mean_not_competent": means[1],
            "intercept": plain(found.intercept),
            "slope": plain(found.slope),
            "competent_below": wrong[0],
            "not_competent_above": wrong[1],
        }
        return FormFound(found.cut, found.se, told, notes)

    return _document(
        "contrasting-groups",
        options,
        sources,
        subject,
        judged,
        totals,
        of,
        at=options.at,
        equal_groups=options.equal_groups,
    )


def regression(options: RegressionOptions) -> Document:
    """The cut of each form: the score that the regression of scores on grades predicts at the borderline
    grade."""
    sources = SourcesRead(options.exam)
    subject = subject_of(options)
    totals = totals_of(sources, options, subject)
    judged = _judged(sources, options.candidates, "grade", subject, totals)
    cells = JudgeCells(judged.name)
    grades = np.array([float(cells.number(row, "grade")) for row in judged.rows])
    cells.check()

    def of(form: TestForm, own: NDArray[np.bool_]) -> FormFound:
        scores, x = judged.points[own], grades[own]
        try:
            found = borderline_regression(scores, x, options.border)
        except ValueError:
            message = tell("needs candidates of at least two grades")
            raise _refused(form, "one-grade", message) from None
        except ArithmeticError:
            message = tell(
                "has scores that do not rise with the grades. Check that the grades are not reversed"
            )
            raise _refused(form, "groups-reversed", message) from None
        told = {
            "candidates": len(scores),
            "r": plain(float(np.corrcoef(x, scores)[0, 1])) if np.ptp(scores) > 0 else None,
            "borderline": int((x == options.border).sum()),
        }
        notes = _small(form, len(scores))
        if not x.min() <= options.border <= x.max():
            message = tell("the border is outside the grades that were given, so the line is extrapolated")
            notes.append(note("border-outside", message))
        return FormFound(found.cut, found.se, told, notes)

    return _document(
        "borderline-regression", options, sources, subject, judged, totals, of, border=options.border
    )


def hofstee_cut(options: HofsteeOptions) -> Document:
    """The cut of each form by Hofstee's compromise, from judges' limits in points or per cent and the scores
    of candidates."""
    sources = SourcesRead(options.exam)
    subject = subject_of(options)
    totals = totals_of(sources, options, subject)
    if totals is None:
        raise WrongUsage(
            tell(
                "Hofstee's method needs the scores of candidates. Give {run} of an exam, or {totals}",
                run=option("run"),
                totals=option("totals"),
            )
        )
    name, data = sources.file(options.limits)
    rows = rows_of(name, data, ("judge", "low", "high", "least", "most"))
    cells = JudgeCells(name)
    judges = tuple(cells.text(row, "judge") for row in rows)
    said = {
        role: np.array([float(cells.number(row, role)) for row in rows])
        for role in ("low", "high", "least", "most")
    }
    signs = {role: [row.cells[role].strip().endswith("%") for row in rows] for role in said}
    if not rows:
        raise Refused(tell("{name} has a header but no judges below it", name=name))
    if len(set(judges)) < len(judges):
        cells.problems.append(Problem(name, "rated-twice", tell("contains a judge twice")))
    shares = ("least", "most")
    if not any(any(signs[role]) for role in shares) and any((said[role] > 1).any() for role in shares):
        for role in shares:
            said[role] = said[role] / 100
    for n, row in enumerate(rows):
        if not 0 <= said["least"][n] <= said["most"][n] <= 1:
            message = tell(
                "the proportions of failing candidates must rise from `min_fail` to `max_fail`, "
                "from 0 to 1 or in percent"
            )
            cells.fault(row, "least", "limits-reversed", message)
        if said["low"][n] > said["high"][n]:
            cells.fault(row, "low", "limits-reversed", tell("`min_cut` is above `max_cut`"))
    cells.check()
    as_share = {role: any(signs[role]) for role in ("low", "high")}
    shown = JudgedCandidates(name, tuple(rows), totals.forms, totals.points, judges)

    def of(form: TestForm, own: NDArray[np.bool_]) -> FormFound:
        most = _most(options, form, totals)
        if any(as_share.values()) and most is None:
            raise WrongUsage(
                tell(
                    "the maximum score is not known. Give it with {points}, or write the cuts in points",
                    points=option("points"),
                )
            )
        low, high = (said[role] * (most or 0) if as_share[role] else said[role] for role in ("low", "high"))
        found = hofstee(totals.points[own], low, high, said["least"], said["most"])
        if not math.isfinite(found.cut):
            message = tell(
                "the curve of failing candidates does not cross the limits of the judges: cuts "
                "from {low:.2f} to {high:.2f}, failing from {least:.0%} to {most:.0%}",
                low=float(low.mean()),
                high=float(high.mean()),
                least=float(said["least"].mean()),
                most=float(said["most"].mean()),
            )
            raise _refused(form, "no-compromise", message)
        told = {
            "candidates": int(own.sum()),
            "failing": found.failing,
            "min_cut": float(low.mean()),
            "max_cut": float(high.mean()),
            "min_fail": float(said["least"].mean()),
            "max_fail": float(said["most"].mean()),
        }
        return FormFound(found.cut, found.se, told, [])

    return _document("hofstee", options, sources, subject, shown, totals, of)


# ── what the methods share ───────────────────────────────────────────────────────────────────


def _small(form: TestForm, n: int) -> list[Document]:
    if n >= FEW:
        return []
    message = tell(
        "the cut is based on a group of {n} candidates. {few} or more make it more stable", n=n, few=FEW
    )
    return [note("group-small", message)]


def _refused(form: TestForm, code: str, message: Message) -> Refused:
    source = tell("form {form}", form=form.name) if form.name else tell("the table")
    return Refused(tell("no cut can be set"), [Problem(source, code, message)])


def _judged(
    sources: SourcesRead, table: Path, role: str, subject: Subject, totals: CandidateTotals | None
) -> JudgedCandidates:
    """The candidates whose cell `role` is filled in. Their scores come from a column of the table or, by
    candidate id, from `totals`."""
    name, data = sources.file(table)
    needed = (role, "candidate") if totals is not None else (role,)
    rows = rows_of(name, data, needed, ("judge", "form", "candidate", "score"))
    if not rows:
        raise Refused(tell("{name} has a header but no candidates below it", name=name))
    if totals is None and "score" not in rows[0].cells:
        message = tell(
            "requires a column `score`, or `candidate_id` and the scores of a run ({run}) or of "
            "a table ({totals})",
            run=option("run"),
            totals=option("totals"),
        )
        raise Refused(tell("{name} has no scores", name=name), [Problem(name, "column-missing", message)])
    cells = JudgeCells(name)
    rows = [row for row in rows if not is_blank(row.cells[role])]
    judges = tuple(
        dict.fromkeys(row.cells["judge"].strip() for row in rows if row.cells.get("judge", "").strip())
    )
    if totals is None:
        points = np.array([float(cells.number(row, "score")) for row in rows], dtype=np.float64)
        forms = tuple(form_named(row.cells.get("form", ""), subject) for row in rows)
        known = {form.name for form in subject.forms}
        for row, form in zip(rows, forms, strict=True):
            if form not in known:
                message = tell(
                    "has no form of the exam. Existing forms: {known}", known=", ".join(sorted(known)[:10])
                )
                cells.fault(row, "form", "form-unknown", message)
    else:
        place = {one: n for n, one in enumerate(totals.ids)}
        writing = writing_of(place)
        at = []
        for row in rows:
            found = place.get(writing(cells.text(row, "candidate")))
            if found is None:
                message = tell("{who} is not among the given scores", who=row.cells["candidate"][:40])
                cells.fault(row, "candidate", "candidate-unknown", message)
            at.append(found or 0)
        points = totals.points[at]
        forms = tuple(totals.forms[n] for n in at)
    cells.check()
    if not rows:
        raise Refused(tell("{name} contains no judgements, because every cell is empty", name=name))
    return JudgedCandidates(name, tuple(rows), forms, points, judges)


def _groups(judged: JudgedCandidates) -> NDArray[np.str_]:
    cells = JudgeCells(judged.name)
    found = np.array([cells.one_of(row, "group", GROUPS) for row in judged.rows])
    cells.check()
    return found


def _most(options: SettingOptions, form: TestForm, totals: CandidateTotals | None) -> float | None:
    if form.points:
        return float(form.most)
    if options.points is not None:
        return float(options.points)
    return None if totals is None else totals.most.get(form.name)


def _document(
    method: str,
    options: SettingOptions,
    sources: SourcesRead,
    subject: Subject,
    judged: JudgedCandidates,
    totals: CandidateTotals | None,
    of: Callable[[TestForm, NDArray[np.bool_]], FormFound],
    **said: Any,
) -> Document:
    """The document of a method, form by form."""
    forms, notes = [], []
    places = np.array(judged.forms)
    # the impact of a cut is counted among all candidates with scores, else among the judged ones
    who = totals or CandidateTotals(("",) * len(judged.forms), judged.forms, judged.points, {})
    for form in subject.forms:
        own = np.asarray(places == form.name)
        if not own.any():
            raise _refused(form, "form-without-candidates", tell("no judged candidate took this form"))
        most = _most(options, form, totals)
        scores = judged.points[own]
        if most is not None and scores.max() > most + 1e-9:
            message = tell(
                "has a score of {score:g}, but the maximum score is {most:g}",
                score=float(scores.max()),
                most=most,
            )
            raise _refused(form, "score-outside-scale", message)
        found = of(form, own)
        low, high = 0.0, most if most is not None else max(float(scores.max()), 0.0)
        if not low <= found.cut <= high:
            message = tell(
                "the cut would be {cut:.2f}, outside the scale from {low:g} to {high:g}, so "
                "these groups give no cut",
                cut=found.cut,
                low=low,
                high=high,
            )
            raise _refused(form, "cut-outside-scale", message)
        notes += [{**one, "form": form.name} for one in found.notes]
        judged_cut, se = as_decimal(found.cut), as_decimal(found.se) if math.isfinite(found.se) else None
        if options.adjust_se and se is None:
            message = tell("needs a standard error, but this cut has none")
            raise Refused(tell("the cut score cannot be moved"), [Problem(form.name, "no-error", message)])
        n_judges = len(judged.judges)
        cut = moved(judged_cut, se, n_judges, options.adjust_se, math.ceil(most if most is not None else 1e9))
        forms.append(
            {
                "form": form.name,
                "items": len(form.points) or None,
                "points": most,
                **cut_fields(cut, most or 0),
                "se_over": "judges" if method == "hofstee" else "candidates",
                "judges": n_judges or None,
                **found.told,
                "impact": impact(who, form.name, cut),
            }
        )
    return {
        "method": method,
        "exam": subject.exam,
        "fingerprint": subject.fingerprint,
        "moved_by_se": float(options.adjust_se),
        **said,
        "forms": forms,
        "sources": sources.read,
        "notes": notes,
    }
