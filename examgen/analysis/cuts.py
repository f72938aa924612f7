"""Ratings, judged candidates or limits of judges, form by form → a cut score of `examgen.stats`, and the file
`cut.yaml` that scoring reads."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from functools import partial
from itertools import compress
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from polars import concat
from pydantic import ValidationError

from examgen.analysis import shown
from examgen.analysis.cut_options import (
    AngoffOptions,
    BookmarkOptions,
    BorderlineOptions,
    ContrastingOptions,
    EbelOptions,
    HofsteeOptions,
    RegressionOptions,
    SettingOptions,
)
from examgen.analysis.cut_sources import (
    CandidateTotals,
    Document,
    Floats,
    Ratings,
    SourcesRead,
    Subject,
    TestForm,
    bookmarks_of,
    grid_of,
    judged_of,
    known_of,
    limits_of,
    of_bank,
    subject_of,
    totals_of,
)
from examgen.analysis.judge_tables import faults_of, read_ratings
from examgen.analysis.parts import Parts
from examgen.analysis.shown import refusal
from examgen.bank.cuts import rounded
from examgen.core.files import write_file, yaml_bytes
from examgen.core.models.cut_files import METHOD_WORDS, CutFile
from examgen.core.problems import Problem, Refused, WrongUsage
from examgen.core.words import command, joined, option, tell
from examgen.core.yamlfile import fault_words
from examgen.stats import cuts as stats
from examgen.stats.arguments import ArgumentError, DataError
from examgen.stats.cuts import CutScore
from examgen.stats.judge_ratings import exact
from examgen.stats.results import Note, frame, plain

Calls = Callable[[TestForm], CutScore]
# fmt: off
WORDS: dict[str, str] = {
    **METHOD_WORDS,
    **SettingOptions.words, "argument guessing=False": option("no-guessing"),
    "argument ratings": tell("the ratings"), "argument bookmarks": tell("the bookmarks"),
    "argument irt": command("analyse irt"),
    "n_judges": tell("judges in the standard error"), "n_candidates": tell("candidates of the cut"),
    "items": tell("items"),
    "judges": tell("judges"), "residual": tell("remainder"), "impact": tell("passing candidates"),
    "rounds": tell("rounds"), "judge": tell("judge"), "panel": tell("panel"), "rated": tell("items rated"),
    "cut": tell("cut"), "apart": tell("difference (t)"), "outlying": tell("outlier"),
    "r_others": tell("r with others"), "distance": tell("distance from the others"),
    "r_facility": tell("r with facility"), "theta": tell("ability"),
    "error": tell("distance from the curves"),
    "consistency": tell("consistency"), "item": tell("item"), "se": tell("SE"),
    "low": tell("from (95 %)"), "high": tell("to (95 %)"), "se_judges": tell("SE with other judges"),
    "se_items": tell("SE with other items"), "se_both": tell("SE with other judges and items"),
    "agreement": tell("agreement of judges on items"), "se_theta": tell("SE of the ability"),
    "slope": tell("slope"), "intercept": tell("intercept"), "mean": tell("mean"), "median": tell("median"),
    "sd": tell("sd"), "lowest": tell("lowest"), "highest": tell("highest"), "competent": tell("competent"),
    "not_competent": tell("not competent"), "mean_competent": tell("mean of the competent"),
    "mean_not_competent": tell("mean of the others"), "competent_below": tell("competent below the cut"),
    "not_competent_above": tell("others not below the cut"), "r": tell("r of grades and scores"),
    "borderline": tell("candidates with the grade of the border"), "failing": tell("share who fail"),
    "min_cut": tell("lowest bearable cut"), "max_cut": tell("highest bearable cut"),
    "min_fail": tell("least bearable share"), "max_fail": tell("greatest bearable share"),
    "candidates": tell("candidates"), "passing": tell("pass"), "share": tell("share"), "round": tell("round"),
    "form": tell("form"), "judged": tell("cut")
}
# fmt: on
"""What people call the names in a result."""
_OF_FORM = ("cut", "judged", "se", "judges", "candidates", "points")


class Cuts(NamedTuple):
    """The cut of each form, of which files, and what they say beside it."""

    results: Mapping[str, CutScore]
    """By form; without an exam by "" alone."""
    subject: Subject
    sources: list[Document]
    judges: int | None = None
    """How many judges the table of candidates names."""
    reading: tuple[Note, ...] = ()
    """How the files were read."""
    last: int | None = None
    """The round that counts."""
    rounds: tuple[Document, ...] = ()
    grid: list[Document] | None = None

    @property
    def notes(self) -> tuple[Note, ...]:
        """What holds of all forms, once, and what holds of some."""
        every = [set(one.notes) for one in self.results.values()]
        found = dict.fromkeys(self.reading)
        for form, one in self.results.items():
            for note in one.notes:
                of_form = Note(note.code, str(stats.TEXTS["of-form"]), form=form, note=note)
                found.setdefault(note if all(note in own for own in every) else of_form)
        return tuple(found)

    def document(self) -> Document:
        """What `--json` prints."""
        first = next(iter(self.results.values()))
        found: Document = {
            "method": first.method, "exam": self.subject.exam, "fingerprint": self.subject.fingerprint,
            "moved_by_se": first.moved_by_se, **first.settings,
            "forms": [self._form(form) for form in self.subject.forms], "sources": self.sources,
            "notes": self.notes,
        }  # fmt: skip
        if self.last is not None:
            items = [one.items for one in self.results.values() if one.items is not None]
            kind = "booklet" if first.method == "bookmark" else "items"
            found |= {
                "round": self.last, "rounds": self.rounds,
                "judges": [
                    {"form": form, **row}
                    for form, one in self.results.items()
                    if one.judges is not None
                    for row in one.judges.to_dicts()
                ],
                kind: concat(items).unique("item", keep="first", maintain_order=True),
            }  # fmt: skip
        if self.grid is not None:
            found["grid"] = self.grid
        document: Document = plain(found)
        return document

    def _form(self, form: TestForm) -> Document:
        one = self.results[form.name]
        whole = one.points is not None and one.points.is_integer()
        return {
            "form": form.name, "items": len(form.points) or None,
            "points": int(one.points) if one.points is not None and whole else one.points,
            "cut": one.cut, "judged": one.judged, "se": one.se, "low": one.low, "high": one.high,
            "percent": one.percent, "se_over": one.se_over, "judges": one.n_judges or self.judges,
            "candidates": one.n_candidates, **one.details, "impact": one.impact,
        }  # fmt: skip

    def parts(self) -> Parts:
        """What the screen and the pages show."""
        *others, last = self.results.items()
        for form, one in others:
            yield from shown.parts(replace(one, form=form, notes=()), WORDS)
        yield from shown.parts(replace(last[1], form=last[0], notes=self.notes), WORDS)
        if len({one["round"] for one in self.rounds}) > 1:
            names = [name for name in self.rounds[0] if name not in ("own", "bookmarks")]
            table = frame({name: [one[name] for one in self.rounds] for name in names})
            yield shown.table("rounds", table, WORDS)


_Of = tuple[int, str]
"""A round and a form."""


def _called(
    calls: Mapping[_Of, Callable[[], CutScore]],
    last: int = 1,
    places: Mapping[Any, str] = {},
    faults: Sequence[Problem] = (),
) -> dict[_Of, CutScore]:
    """What functions of `examgen.stats` find, by round and form; raises Refused with the faults of all of
    them, and with those that reading has found.

    An earlier round than the last may lack ratings of items, and have bookmarks that stand for no item.
    `places` says where judges rated, by round and judge, and where rows and items come from.
    """
    found, problems = dict[_Of, CutScore](), [*faults]
    for (round_, form), call in calls.items():
        source = tell("form {form}", form=form) if form else tell("the table")
        try:
            found[round_, form] = call()
        except DataError as error:
            if round_ != last and {one.code for one in error.args} <= _OF_THE_LAST:
                continue
            # of the data as a whole nothing is known before all cells are read
            problems += faults_of(error, places, WORDS, "" if faults else source, round_)
        except ArgumentError as error:
            raise refusal(error, WORDS, source) from None
    if problems:
        raise Refused(tell("no cut can be set"), list(dict.fromkeys(problems)))
    return found


_OF_THE_LAST = {
    "item-unrated",
    "items-unknown",
    "bookmark-on-first-page",
    "bookmark-behind-last-page",
}


def _of_forms(subject: Subject, call: Calls, *more: Any) -> dict[str, CutScore]:
    """What a function finds of each form."""
    found = _called({(1, form.name): partial(call, form) for form in subject.forms}, 1, *more)
    return {form: one for (_, form), one in found.items()}


# ── judges of items ──────────────────────────────────────────────────────────────────────────


def angoff(options: AngoffOptions) -> Cuts:
    """The cut of each form by the Angoff method, from tables of ratings or from those on record in a bank."""
    sources = SourcesRead(options.exam)
    if options.bank is not None:
        subject = subject_of(options)
        ratings = of_bank(sources, subject, options.bank, options.kind)
    else:
        ratings = Ratings(read_ratings(sources.files(options.ratings)))
        subject = subject_of(options, ratings.table.said["item"])
    return _of_ratings(options, sources, subject, ratings, options.round_, options.statistics)


def ebel(options: EbelOptions) -> Cuts:
    """The cut of each form by Ebel's method: a judge's rating of an item is that judge's share for the cell
    in which the item stands – the cell that the judge put it in, where the table of items has a column
    `judge`, else the one that all agreed on."""
    sources = SourcesRead(options.exam)
    grid = grid_of(sources.file(options.placed), sources.file(options.shares), options.scale)
    ratings = grid.ratings(options.shares.name)
    subject = subject_of(options, ratings.table.said["item"])
    found = _of_ratings(options, sources, subject, ratings, None, options.statistics)
    return found._replace(grid=grid.table(subject))


def _of_ratings(
    options: SettingOptions,
    sources: SourcesRead,
    subject: Subject,
    ratings: Ratings,
    round_: int | None,
    statistics: Path | None,
) -> Cuts:
    last = max(ratings.rounds, default=1) if round_ is None else round_
    known = known_of(sources, statistics, subject)
    totals = totals_of(sources, options, subject)
    arguments = {"kind": ratings.kind, "panels": ratings.panels, **options.arguments()}
    more = {"statistics": known, "adjust_se": 0.0, **arguments}

    def cut(form: TestForm, which: int) -> CutScore:
        own = {**more, "totals": _of(totals, form)} if which == last else {**more, "adjust_se": 0.0}
        return stats.angoff(ratings.table.said, points=form.points, round=which, **own)

    calls = {
        (which, form.name): partial(cut, form, which)
        for which in {*ratings.rounds, last}
        for form in subject.forms
    }
    found = _called(calls, last, *ratings.table[1:])
    rounds = []
    for which in ratings.rounds:
        for form in subject.forms:
            row: Document = {"round": which, "form": form.name, "judged": None, "se": None, "judges": None}
            rounds.append(row | {"own": {}})
            if one := found.get((which, form.name)):
                assert one.judges is not None
                own = {
                    judge if panel is None else f"{panel} {judge}": value
                    for panel, judge, value in one.judges.select("panel", "judge", "cut").rows()
                }
                rounds[-1] |= {"judged": one.judged, "se": plain(one.se), "judges": one.n_judges, "own": own}
    notes = stats.items_elsewhere(dict.fromkeys(ratings.table.said["item"]), {*subject.items})
    results = {
        form.name: replace(one, notes=tuple(note for note in one.notes if note.code != "items-elsewhere"))
        for form in subject.forms
        for one in [found[last, form.name]]
    }
    return Cuts(results, subject, sources.read, None, tuple(notes), last, tuple(rounds))


def _of(totals: CandidateTotals | None, form: TestForm) -> Floats | None:
    return None if totals is None else totals.of(form.name)


def bookmark(options: BookmarkOptions) -> Cuts:
    """The cut of each form, from bookmarks in one booklet of all items of the forms."""
    sources = SourcesRead(options.exam)
    subject = subject_of(options)
    known = known_of(sources, options.parameters, subject) or {"item": [], "b": []}
    if subject.package is None:
        items = zip(known["item"], known["b"], strict=True)
        subject = subject_of(options, [item for item, b in items if not np.isnan(b)])
    if not subject.items:
        raise Refused(tell("no item has parameters"))
    on_forms = [item in subject.items for item in known["item"]]
    items_of = {name: [*compress(column, on_forms)] for name, column in known.items() if name != "facility"}
    bookmarks = bookmarks_of(*sources.file(options.bookmarks), subject.items)
    last = max(bookmarks.said) if options.round_ is None else options.round_
    if last not in bookmarks.said:
        rounds_known = ", ".join(map(str, bookmarks.said))
        raise refusal(ArgumentError(stats.note("no-round", round=last, known=rounds_known)), WORDS, "")
    totals = totals_of(sources, options, subject)

    def cut(form: TestForm, which: int) -> CutScore:
        arguments = options.arguments() | ({"adjust_se": 0} if which != last else {})
        said = bookmarks.said[which]
        return stats.bookmark(said, items_of, points=form.points, totals=_of(totals, form), **arguments)

    calls = {
        (which, form.name): partial(cut, form, which) for which in bookmarks.said for form in subject.forms
    }
    places: dict[object, str] = dict.fromkeys(subject.items, tell("the parameters"))
    found = _called(calls, last, {**places, **bookmarks.places}, bookmarks.faults)
    results = {form.name: found[last, form.name] for form in subject.forms}
    booklet = next(iter(results.values())).items
    assert booklet is not None
    page = dict(booklet.select("item", "page").rows())
    rounds = []
    for which, own in bookmarks.said.items():
        row: Document = {"round": which, "theta": None, "se_theta": None, "judges": len(own)}
        if one := found.get((which, subject.forms[0].name)):
            row |= {name: plain(one.details[name]) for name in ("theta", "se_theta")}
        rounds.append(row | {"bookmarks": {judge: page.get(one, one) for judge, one in own.items()}})
    return Cuts(results, subject, sources.read, None, (), last, tuple(rounds))


# ── judges of candidates ─────────────────────────────────────────────────────────────────────


def borderline(options: BorderlineOptions) -> Cuts:
    """The cut of each form as the median or mean score of its borderline candidates."""
    return _of_candidates(
        options, options.candidates, "group",
        lambda scores, said, more: stats.borderline_group(scores, said == "borderline", **more),
    )  # fmt: skip


def contrasting(options: ContrastingOptions) -> Cuts:
    """The cut of each form: the score at which candidates are as likely to be judged competent as not."""

    def cut(scores: Floats, said: Any, more: dict[str, Any]) -> CutScore:
        competent = np.where(said == "borderline", np.nan, said == "competent")
        return stats.contrasting_groups(scores, competent, **more)

    return _of_candidates(options, options.candidates, "group", cut)


def regression(options: RegressionOptions) -> Cuts:
    """The cut of each form: the score that the regression of scores on grades predicts at the borderline
    grade."""
    return _of_candidates(
        options, options.candidates, "grade",
        lambda scores, said, more: stats.borderline_regression(scores, said, **more),
    )  # fmt: skip


def _of_candidates(
    options: SettingOptions, table: Path, role: str, cut: Callable[[Floats, Any, dict[str, Any]], CutScore]
) -> Cuts:
    sources = SourcesRead(options.exam)
    subject = subject_of(options)
    totals = totals_of(sources, options, subject)
    judged = judged_of(sources, table, role, subject, totals)

    def of_form(form: TestForm) -> CutScore:
        own = judged.forms == form.name
        _anybody(form, len(judged.points[own]))
        more = {"points": _full(options, form, totals), "totals": _of(totals, form)}
        return cut(judged.points[own], judged.said[own], more | options.arguments())

    return Cuts(_of_forms(subject, of_form), subject, sources.read, len(judged.judges) or None)


def hofstee(options: HofsteeOptions) -> Cuts:
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
    limits = limits_of(sources, options)

    def of_form(form: TestForm) -> CutScore:
        scores, full = totals.of(form.name), _full(options, form, totals)
        _anybody(form, 0 if scores is None else len(scores))
        return stats.hofstee(scores, limits.said, points=full, **options.arguments())

    found = _of_forms(subject, of_form, *limits[1:])
    return Cuts(found, subject, sources.read)


def _anybody(form: TestForm, n: int) -> None:
    if not n:
        source = tell("form {form}", form=form.name) if form.name else tell("the table")
        problem = Problem(source, "form-without-candidates", tell("no judged candidate took this form"))
        raise Refused(tell("no cut can be set"), [problem])


def _full(options: SettingOptions, form: TestForm, totals: CandidateTotals | None) -> float | None:
    """The full score of a form, where it is known."""
    if form.points:
        return float(form.most)
    if options.points is not None:
        return float(options.points)
    return None if totals is None else totals.most.get(form.name)


METHODS: Mapping[str, Callable[[Any], Cuts]] = {
    one.__name__: one for one in (angoff, ebel, bookmark, borderline, contrasting, regression, hofstee)
}


# ── the file of the cut ──────────────────────────────────────────────────────────────────────


def check_out(
    out: Path | None,
    exam: Path | None,
    by: str | None,
    reason: str | None,
    day: date | None,
    read: Iterable[Path | None],
) -> None:
    """Raises WrongUsage where a file is asked for and what it must say is not said."""
    own, said = option("out"), {option("by"): by, option("reason"): reason, option("date"): day}
    if out is None:
        if given := [name for name, value in said.items() if value]:
            message = tell(
                "{given} is part of the cut file. Name the file with {out}", given=given[0], out=own
            )
            raise WrongUsage(message)
        return
    if exam is None:
        message = tell("{out} needs {exam}, because a cut for scoring belongs to one exam",
                       out=own, exam=option("exam"))  # fmt: skip
        raise WrongUsage(message)
    if lacking := [name for name, value in said.items() if value is None or not str(value).strip()]:
        message = tell("{out} also needs {lacking}: the person who decided on the cut, the reason and "
                       "the date", lacking=joined(lacking), out=own)  # fmt: skip
        raise WrongUsage(message)
    if out.suffix.lower() not in (".yaml", ".yml"):
        raise WrongUsage(tell("{out_option} {out} must end in .yaml", out=out, out_option=own))
    if any(one is not None and one.resolve() == out.resolve() for one in read):
        raise WrongUsage(tell("{out} is an input file. Choose another file to write to", out=out))


def write_cut(out: Path, found: Document, by: str, reason: str, day: date) -> None:
    """Writes the cut of every form as the file that `score --cut` reads."""
    said: dict[str, Any] = {
        "exam": found["exam"],
        "fingerprint": found["fingerprint"],
        "method": found["method"],
        **({"moved_by_se": _four_decimals(found["moved_by_se"])} if found["moved_by_se"] else {}),
        "forms": {
            one["form"]: {name: _four_decimals(one[name]) for name in _OF_FORM if one.get(name) is not None}
            for one in found["forms"]
        },
        "sources": found["sources"],
        "by": by.strip(),
        "reason": reason.strip(),
        "date": day.isoformat(),
    }
    try:
        CutFile.model_validate(said)
    except ValidationError as error:
        problems = [
            Problem(str(out), "cut-not-usable", fault_words(one), field=".".join(map(str, one["loc"])))
            for one in error.errors()
        ]
        raise Refused(tell("the cut cannot be used for scoring"), problems) from error
    write_file(out, yaml_bytes(said))


def _four_decimals(value: float) -> float:
    """To the decimals that a scoring compares with, whole numbers without a point."""
    number = float(rounded(exact(value)))
    return int(number) if number.is_integer() else number
