"""Ratings, judged candidates or limits → the cut score of each form, by a method of `examgen.stats`.

The cut scores can be written to `cut.yaml`, the file that scoring reads.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import product
from pathlib import Path
from typing import Any

from polars import DataFrame, concat
from pydantic import ValidationError

from examgen.analysis import cut_options, cut_sources, shown
from examgen.analysis.cut_sources import CutSources, Document
from examgen.analysis.judge_tables import Judgements, read_ratings
from examgen.analysis.parts import Parts
from examgen.analysis.shown import TextTable, Words, note_rows, refusal_by_line
from examgen.bank.cuts import rounded
from examgen.core.exam.bindings import exam_sha256
from examgen.core.files import write_file, yaml_bytes
from examgen.core.models.decisions import METHOD_WORDS, CutFile
from examgen.core.problems import Problem, Refused, WrongUsage
from examgen.core.words import joined, option, tell
from examgen.core.yamlfile import fault_words
from examgen.stats import item_cuts, person_cuts
from examgen.stats.arguments import ArgumentError, RowFaults
from examgen.stats.cuts import CutScore
from examgen.stats.judge_ratings import exact
from examgen.stats.results import Note, frame, plain

# fmt: off
WORDS: dict[str, str] = {
    **METHOD_WORDS,
    **cut_options.SettingOptions.words, "argument guessing=False": option("no-guessing"),
    "argument ratings": tell("the ratings"), "argument bookmarks": tell("the bookmarks"),
    "argument items": option("parameters"),
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
    "min_cut": tell("lowest acceptable cut"), "max_cut": tell("highest acceptable cut"),
    "min_fail": tell("lowest acceptable fail rate"), "max_fail": tell("highest acceptable fail rate"),
    "candidates": tell("candidates"), "passing": tell("pass"), "share": tell("share"), "round": tell("round"),
    "form": tell("form"), "judged": tell("cut"), "scores": tell("scores"), "totals": tell("scores"),
}
# fmt: on
"""The labels shown for the names in a result."""
_OF_FORM = ("cut", "judged", "se", "judges", "candidates", "points")


@dataclass(frozen=True)
class Cuts:
    """The cut score of each form, with the files and the ratings behind it."""

    results: Mapping[str, CutScore]
    """By form; without an exam, the name of the only form is ""."""
    sources: CutSources
    judges: int | None = None
    """The number of judges that the table of candidates names."""
    reading: Sequence[Note] = ()
    """Notes on how the files were read."""
    last: int | None = None
    """The round that counts; None for methods without rounds."""
    rounds: Sequence[Document] = ()
    grid: Sequence[Document] | None = None

    @property
    def notes(self) -> tuple[Note, ...]:
        """Notes that apply to all forms, each once, and notes on single forms, which name the form."""
        every = [set(one.notes) for one in self.results.values()]
        found = dict.fromkeys(self.reading)
        for form, one in self.results.items():
            for note in one.notes:
                of_form = Note(note.code, str(item_cuts.TEXTS["of-form"]), form=form, note=note)
                found.setdefault(note if all(note in own for own in every) else of_form)
        return tuple(found)

    def document(self) -> Document:
        """Return the result as plain values, as `--json` prints it."""
        first, package = next(iter(self.results.values())), self.sources.package
        found: Document = {
            "method": first.method, "exam": package and package.exam.blueprint.exam,
            "fingerprint": package and exam_sha256(package.manifest),
            "moved_by_se": first.moved_by_se, **first.settings,
            "forms": [self._form(form, one) for form, one in self.results.items()],
            "sources": self.sources.read,
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
        return {**plain(found), "notes": note_rows(self.notes, WORDS)}

    def _form(self, form: str, one: CutScore) -> Document:
        whole = one.points is not None and one.points.is_integer()
        return {
            "form": form, "items": len(self.sources.forms[form]) or None,
            "points": int(one.points) if one.points is not None and whole else one.points,
            "cut": one.cut, "judged": one.judged, "se": one.se, "low": one.low, "high": one.high,
            "percent": one.percent, "se_over": one.se_over, "judges": one.n_judges or self.judges,
            "candidates": one.n_candidates, **one.details, "impact": one.impact,
        }  # fmt: skip

    def parts(self) -> Parts:
        """Yield the lines and tables that the screen and the pages show."""
        *others, last = self.results.items()
        for form, one in others:
            yield from shown.parts(replace(one, form=form, notes=()), WORDS)
        yield from shown.parts(replace(last[1], form=last[0], notes=self.notes), WORDS)
        if len({one["round"] for one in self.rounds}) > 1:
            names = [name for name in self.rounds[0] if name not in ("own", "bookmarks")]
            table = frame({name: [one[name] for one in self.rounds] for name in names})
            yield shown.table("rounds", table, WORDS)


_OF_THE_LAST = {"item-unrated", "items-unknown", "bookmark-on-first-page", "bookmark-behind-last-page"}
"""Refusals that apply only to the round that counts.

In an earlier round, ratings may be missing and bookmarks may stand for no item.
"""


def _cuts(
    sources: CutSources,
    name: str,
    cut: Callable[[str, int], CutScore],
    tables: Callable[[str], Mapping[str, TextTable]] = lambda form: {},
    rounds: Iterable[int] = (1,),
    last: int = 1,
    words: Words = WORDS,
) -> dict[tuple[int, str], CutScore]:
    """Return the cut of each form in each round; raises Refused with the faults of all of them.

    `tables` returns for a form the tables that the method takes, by argument. Faults in a table without a
    name are reported for the form, or without an exam for `name`, the file of judgements. Faults of rounds
    before `last` that need not be complete are ignored.
    """
    found = dict[tuple[int, str], CutScore]()
    problems = list[Problem]()
    for which, form in product(rounds, sources.forms):
        source = tell("form {form}", form=form) if form else name
        own = {key: one if one.name else one._replace(name=source) for key, one in tables(form).items()}
        try:
            found[which, form] = cut(form, which)
        except ArgumentError as error:
            refused = refusal_by_line(error, own, words, source)
            if not isinstance(refused, Refused):
                raise refused from None
            if which == last or not {one.code for one in refused.problems} <= _OF_THE_LAST:
                problems += refused.problems
    if problems:
        raise Refused.because("no cut can be set", list(dict.fromkeys(problems)))
    return found


# ── judges of items ──────────────────────────────────────────────────────────────────────────


def angoff(options: cut_options.AngoffOptions) -> Cuts:
    """Set cuts by the Angoff method, from tables of ratings or from the ratings on record in a bank."""
    sources = CutSources(options)
    if options.bank is not None:
        sources.read_exam()
        ratings = cut_sources.of_bank(sources, options.bank, options.kind)
    else:
        ratings = read_ratings(sources.files(options.ratings))
        sources.read_exam(ratings.columns["item"])
    return _of_ratings(options, sources, ratings, options.round_, options.statistics)


def ebel(options: cut_options.EbelOptions) -> Cuts:
    """Set cuts by Ebel's method, in which a judge's rating of an item is the judge's share for its cell.

    The cell is the one in which the judge put the item, if the table of items has a column `judge`; otherwise
    it is the same for all judges.
    """
    sources = CutSources(options)
    grid = cut_sources.grid_of(sources, options.placed, options.shares, options.scale)
    ratings = grid.ratings(options.shares.name)
    sources.read_exam(ratings.columns["item"])
    found = _of_ratings(options, sources, ratings, None, options.statistics)
    return replace(found, grid=grid.table(sources.items))


def _of_ratings(
    options: cut_options.SettingOptions,
    sources: CutSources,
    ratings: Judgements,
    round_: int | None,
    statistics: Path | None,
) -> Cuts:
    last = max(ratings.rounds, default=1) if round_ is None else round_
    known = cut_sources.known_of(sources, statistics)
    tables = {"statistics": known}
    if ratings.places:
        tables["ratings"] = TextTable("", DataFrame(), ratings.places)
    more = {"kind": ratings.kind, "panels": ratings.panels, "scale": ratings.scale} | options.arguments()
    if known.places:
        more["statistics"] = known.frame
    sources.read_totals()

    def cut(form: str, which: int) -> CutScore:
        own: dict[str, Any] = {"totals": sources.scores(form)} if which == last else {"adjust_se": 0.0}
        points = sources.forms[form]
        return item_cuts.angoff(ratings.columns, points=points, round=which, **{**more, **own})

    words = {**WORDS, **{f"ratings[{n}]": place for n, place in enumerate(ratings.places)}}
    name = str(sources.read[0]["file"]) if sources.read else ""
    found = _cuts(sources, name, cut, lambda form: tables, sorted({*ratings.rounds, last}), last, words)
    rounds = []
    for which in ratings.rounds:
        for form in sources.forms:
            row: Document = {"round": which, "form": form, "judged": None, "se": None, "judges": None}
            rounds.append(row | {"own": {}})
            if one := found.get((which, form)):
                assert one.judges is not None
                own = {
                    judge if panel is None else f"{panel} {judge}": value
                    for panel, judge, value in one.judges.select("panel", "judge", "cut").rows()
                }
                rounds[-1] |= {"judged": one.judged, "se": plain(one.se), "judges": one.n_judges, "own": own}
    notes = item_cuts.items_elsewhere(dict.fromkeys(ratings.columns["item"]), {*sources.items})
    results = {
        form: replace(one, notes=tuple(note for note in one.notes if note.code != "items-elsewhere"))
        for form in sources.forms
        for one in [found[last, form]]
    }
    return Cuts(results, sources, None, notes, last, rounds)


def bookmark(options: cut_options.BookmarkOptions) -> Cuts:
    """Set cuts by the bookmark method, with one booklet of all items of the forms."""
    sources = CutSources(options)
    sources.read_exam()
    known = cut_sources.known_of(sources, options.parameters)
    if sources.package is None:
        sources.read_exam(known.frame["item"])
    if not sources.items:
        raise Refused.because("no item has parameters")
    items = known.part([item in sources.items for item in known.frame["item"]])
    parameters = items.frame.drop("facility", strict=False)
    marks = sources.table(options.bookmarks, (), ("judge", "bookmark", "round"))
    try:  # faults in it are told with those of the cuts
        by_round = item_cuts.bookmarks_by_round(marks.frame, RowFaults("bookmarks"))
    except ArgumentError as error:
        raise refusal_by_line(error, {"bookmarks": marks}, WORDS, marks.name) from None
    last = max(by_round) if options.round_ is None else options.round_
    sources.read_totals()

    def cut(form: str, which: int) -> CutScore:
        more = options.arguments() | ({"adjust_se": 0} if which != last else {})
        points, totals = sources.forms[form], sources.scores(form)
        return item_cuts.bookmark(marks.frame, parameters, points=points, totals=totals, round=which, **more)

    tables = {"bookmarks": marks, "items": items}
    found = _cuts(sources, marks.name, cut, lambda form: tables, sorted({*by_round, last}), last)
    results = {form: found[last, form] for form in sources.forms}
    booklet = next(iter(results.values())).items
    assert booklet is not None
    page = dict(booklet.select("item", "page").rows())
    rounds = []
    for which, own in by_round.items():
        row: Document = {"round": which, "theta": None, "se_theta": None, "judges": len(own)}
        if one := found.get((which, next(iter(sources.forms)))):
            row |= {name: plain(one.details[name]) for name in ("theta", "se_theta")}
        pages = {judge: page.get(one, one) for judge, (_, one) in own.items()}
        pages = {judge: int(one) if str(one).isdigit() else one for judge, one in pages.items()}
        rounds.append(row | {"bookmarks": pages})
    return Cuts(results, sources, None, (), last, rounds)


# ── judges of candidates ─────────────────────────────────────────────────────────────────────


def borderline(options: cut_options.BorderlineOptions) -> Cuts:
    """Set cuts by the borderline group method: the median or mean score of borderline candidates."""
    return _of_candidates(options, "group", "borderline", person_cuts.borderline_group)


def contrasting(options: cut_options.ContrastingOptions) -> Cuts:
    """Set cuts by the contrasting groups method.

    The cut is the score at which the probability of being judged competent is 0.5, or as the options state
    it.
    """
    return _of_candidates(options, "group", "competent", person_cuts.contrasting_groups)


def regression(options: cut_options.RegressionOptions) -> Cuts:
    """Set cuts by borderline regression: the score predicted for the borderline grade."""
    return _of_candidates(options, "grade", "grades", person_cuts.borderline_regression)


def _of_candidates(
    options: cut_options.BorderlineOptions | cut_options.ContrastingOptions | cut_options.RegressionOptions,
    role: str,
    argument: str,
    cut: Callable[..., CutScore],
) -> Cuts:
    sources = CutSources(options)
    sources.read_exam()
    sources.read_totals()
    judged, judges, notes = cut_sources.judged_of(sources, options.candidates, role)

    def of_form(form: str) -> TextTable:
        return judged.part([one == form for one in judged.frame["form"]])

    def cut_of(form: str, which: int) -> CutScore:
        own = of_form(form).frame
        _anybody(form, len(own), judged.name)
        more = {"points": sources.full(form), "totals": sources.scores(form), argument: own[role]}
        return cut(own["score"], **more, **options.arguments())

    found = _cuts(sources, judged.name, cut_of, lambda form: {argument: of_form(form)})
    return Cuts({form: one for (_, form), one in found.items()}, sources, judges, notes)


def hofstee(options: cut_options.HofsteeOptions) -> Cuts:
    """Set cuts by Hofstee's method, from the limits that judges accept and the scores of candidates.

    Raises WrongUsage if no scores of candidates are given.
    """
    sources = CutSources(options)
    sources.read_exam()
    sources.read_totals()
    if sources.totals is None:
        raise WrongUsage.because(
            "Hofstee's method needs the scores of candidates. Give {run} of an exam, or {totals}",
            run=option("run"),
            totals=option("totals"),
        )
    limits = sources.table(options.limits, (), ("judge", "min_cut", "max_cut", "min_fail", "max_fail"))

    def cut_of(form: str, which: int) -> CutScore:
        scores = sources.scores(form)
        _anybody(form, 0 if scores is None else len(scores), limits.name)
        return person_cuts.hofstee(scores, limits.frame, points=sources.full(form), **options.arguments())

    found = _cuts(sources, limits.name, cut_of, lambda form: {"limits": limits})
    return Cuts({form: one for (_, form), one in found.items()}, sources)


def _anybody(form: str, n: int, name: str) -> None:
    if not n:
        source = tell("form {form}", form=form) if form else name
        problem = Problem(source, "form-without-candidates", tell("no judged candidate took this form"))
        raise Refused.because("no cut can be set", [problem])


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
    """Check that a cut file can be written, and that everything it must contain is given.

    Raises WrongUsage if not.
    """
    own, said = option("out"), {option("by"): by, option("reason"): reason, option("date"): day}
    if out is None:
        if given := [name for name, value in said.items() if value]:
            raise WrongUsage.because(
                "{given} is part of the cut file. Name the file with {out}", given=given[0], out=own
            )
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
        raise WrongUsage.because("{out_option} {out} must end in .yaml", out=out, out_option=own)
    if any(one is not None and one.resolve() == out.resolve() for one in read):
        raise WrongUsage.because("{out} is an input file. Choose another file to write to", out=out)


def write_cut(out: Path, found: Document, by: str, reason: str, day: date) -> None:
    """Write the cut of each form to a file that `score --cut` reads.

    Raises Refused if such a file could not be used for scoring.
    """
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
        raise Refused.because("the cut cannot be used for scoring", problems) from error
    write_file(out, yaml_bytes(said))


def _four_decimals(value: float) -> float:
    """Return a value rounded to the four decimals that scoring uses; whole numbers without a point."""
    number = float(rounded(exact(value)))
    return int(number) if number.is_integer() else number
