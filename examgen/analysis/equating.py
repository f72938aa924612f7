"""Scores on two forms, from files or scored runs → `examgen.stats.equate`, and the file for scoring.

A table with a column `total` contains totals, with the column `anchor` if the anchor is known, and `count` if
a row stands for several candidates. A single file with `scale`, `xcount` and `ycount` contains the counts of
both forms. A folder is an exam package or one of its runs. Any other table contains item scores, and the
items with the same name in both files are the anchor.

Totals of a run are in its points, after all corrections. Its anchor are the scored items that both forms ask
with the same text, key and points as scored; an external anchor are the pilot items of both forms.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from examgen import __version__
from examgen.analysis.administrations import Administration, responses_of
from examgen.analysis.options import EQUATING_METHODS, EquatingOptions, ResponseSource
from examgen.analysis.shown import Analysed, TextTable, analysed, message_note, refusal, refused
from examgen.analysis.sources import MOST_MEGABYTES, LoadedResponses, codes_of
from examgen.analysis.tables import content_of, text_table
from examgen.core.exam.names import RESULTS, base_form
from examgen.core.problems import Problem, Refused, WrongUsage
from examgen.core.processes import ALONE, Workers, at_work, spread
from examgen.core.tables.coded import read_coded
from examgen.core.words import Message, joined, option, tell
from examgen.scoring.counted_key import KeyOfRun
from examgen.scoring.runs import run_of
from examgen.stats import equating as stats
from examgen.stats import equating_scores
from examgen.stats.arguments import ArgumentError
from examgen.stats.columns import Codes, score_columns
from examgen.stats.equating import Equating
from examgen.stats.equating_scores import of_totals
from examgen.stats.matrix import MISSING_KINDS, NOT_ADMINISTERED
from examgen.stats.response_data import Responses, total_cells, unmet_codes
from examgen.stats.response_tables import ResponseTable, tables_of_files
from examgen.stats.results import Note

Notes = tuple[Note, ...]
_COUNTS = ("scale", "xcount", "ycount")
_WORTH_A_PROCESS = 2_000
"""The number of bootstrap samples for which another process is started."""
# fmt: off
WORDS: dict[str, str] = EQUATING_METHODS | {
    "equivalent groups": tell("equivalent groups"),
    "common items": tell("nonequivalent groups with an anchor"),
    "conversion": tell("what each score on X is worth on Y"), "score": "X", "equated": "Y",
    "low": tell("from"), "high": tell("to"), "rounded": tell("rounded"), "se": tell("se"),
    "forms": tell("the two forms"), "form": tell("Form"), "mean": tell("mean"), "sd": tell("sd"),
    "skewness": tell("skewness"), "kurtosis": tell("kurtosis"), "lowest": tell("lowest score"),
    "highest": tell("highest score"), "least": tell("least score"), "points": tell("full score"),
    "anchor_mean": tell("mean of the anchor"), "anchor_sd": tell("sd of the anchor"),
    "correlation": tell("correlation with the anchor"),
    "synthetic_mean": tell("mean, synthetic population"), "synthetic_sd": tell("sd, synthetic population"),
    "smoothing": tell("log-linear models"), "degree": tell("degree"), "taken": tell("taken"),
    "degree_anchor": tell("degree of the anchor"), "degree_products": tell("degree of products"),
    "deviance": tell("deviance"), "aic": "AIC", "bic": "BIC", "slope": tell("slope"),
    "intercept": tell("intercept"), "weight": tell("weight of those who took X"),
    "groups_apart": tell("groups apart on the anchor, in standard deviations"),
    "error": tell("sampling error of the conversion, in points"),
    "identity_error": tell("estimated error of scores as they are, in points"),
    "se_method": tell("standard errors by"), "formula": tell("formula"),
    "delta": tell("differences (delta method)"), "bootstrap": tell("bootstrap"),
    "replications": tell("bootstrap samples"), "argument anchor_x": tell("a column `anchor`"),
}
# fmt: on
"""The labels shown for the names in a result."""


# ── what was found ───────────────────────────────────────────────────────────────────────────


class FormScores(NamedTuple):
    """The scores on one form: responses, or columns of totals, anchor scores and counts (N,).

    The cells of a table are as written in the file.
    """

    label: str
    form: str | None
    sha256: str
    scores: Responses | TextTable | Mapping[str, NDArray[Any]]
    least: float | None = None
    points: float | None = None
    anchor_points: float | None = None
    items: tuple[str, ...] | None = None
    """Names of the anchor's items."""
    exam: Path | None = None
    """The package of a scored run, because another package may have a form of the same name."""


@dataclass(frozen=True)
class Equated(Analysed[Equating]):
    """A conversion, with the scores on X and on Y from which it was computed."""

    x: FormScores
    y: FormScores


def equate_forms(source: ResponseSource, options: EquatingOptions, workers: Workers = ALONE) -> Equated:
    """Put scores on the first form on the scale of the second; `workers` compute the bootstrap samples.

    Raises WrongUsage for options that contradict each other, Refused for files that cannot be read, and if
    the samples do not determine the conversion.
    """
    x, y, notes = read_forms(source, options)
    words = {**WORDS, "x": x.label, "y": y.label}
    words |= {f"anchor_{name}": tell("the anchor of {form}", form=words[name]) for name in "xy"}
    known: dict[str, Any] = {
        "anchor_points": x.anchor_points,
        "points": None if x.points is None or y.points is None else (x.points, y.points),
        "least": None if x.least is None or y.least is None else (x.least, y.least),
        "anchor_x": x.items if isinstance(x.scores, Responses) else None,
        **options.arguments(),
    }
    sources = {
        name: {"name": form.label, "form": form.form, "sha256": form.sha256}
        for name, form in (("x", x), ("y", y))
    }
    read = {name: form.scores for name, form in (("x", x), ("y", y)) if isinstance(form.scores, TextTable)}
    tables = {f"{of}{name}": table for name, table in read.items() for of in ("", "anchor_", "count_")}
    scores = [one.frame if isinstance(one, TextTable) else one for one in (x.scores, y.scores)]
    with at_work(workers, (options.bootstrap or 0) // _WORTH_A_PROCESS) as executor:
        found = analysed(
            lambda: stats.equate(scores[0], scores[1], spread=spread(executor), **known),
            words,
            f"{x.label} + {y.label}",
            sources,
            notes,
            tables,
        )
    result = found.result
    if result.anchor and x.items:
        result = replace(result, anchor={**result.anchor, "items": list(x.items)})
    return Equated(result, words, sources, x, y)


def conversion_text(result: Equating, x: FormScores, y: FormScores) -> str:
    """Return a conversion as YAML for `examgen score --scaled`; its table is not rounded.

    Scoring rounds the scores it reports to `decimals`. A table of rounded numbers would be wrong by up to
    half a unit with another number of decimals, or between two of its points.
    """
    least, full = (result.forms[name].to_list() for name in ("least", "points"))
    lines = [
        "# Points of X as points of Y, for `examgen score --scaled`. Written by `examgen analyse "
        f"{'link' if result.design == 'irt' else 'equate'}`.",
        "source:",
        f"  examgen: {quoted(__version__)}",
        f"  design: {result.design}",
        f"  method: {result.method}",
    ]
    for row, (name, form) in enumerate((("x", x), ("y", y))):
        lines += [f"  {name}:", f"    name: {quoted(form.label)}", f"    sha256: {quoted(form.sha256)}"]
        if "n" in result.forms.columns:
            lines.append(f"    candidates: {result.forms['n'][row]}")
    if result.advice is not None and result.advice.method == "identity":
        lines += ["  advice:", "    method: identity", f"    error: {decimal(round(result.advice.error, 4))}"]
        lines.append(f"    identity_error: {decimal(round(result.advice.identity_error, 4))}")
    lines += [f"decimals: {result.decimals}", f"floor: {_whole(least[1])}", f"ceiling: {_whole(full[1])}"]
    indent = ""
    if x.form is not None:
        lines += ["forms:", f"  {quoted(x.form)}:"]
        indent = "    "
    if float(full[0]).is_integer() and full[0] > 0:
        lines.append(f"{indent}points: {int(full[0])}")
    lines.append(f"{indent}table:")
    table = result.table.select("score", "equated").rows()
    lines += [f"{indent}  {_whole(score)}: {decimal(equated)}" for score, equated in table]
    if y.form is not None and y.exam == x.exam and y.form != x.form:
        lines += [f"  {quoted(y.form)}: {{slope: 1, intercept: 0}}"]
    return "\n".join(lines) + "\n"


def quoted(text: str) -> str:
    """Return a text as a quoted YAML string."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def decimal(value: float) -> str:
    """Return the shortest decimal that equals this number.

    It has no exponent, because YAML may read a number with one as text.
    """
    return np.format_float_positional(value, unique=True, trim="0")


def _whole(value: float) -> str:
    return str(int(value)) if float(value).is_integer() else decimal(value)


# ── files ────────────────────────────────────────────────────────────────────────────────────


def read_forms(source: ResponseSource, options: EquatingOptions) -> tuple[FormScores, FormScores, Notes]:
    """Read the scores on X and on Y, with notes on how they were read.

    Raises Refused for faults of the files, WrongUsage for options that do not go together.
    """
    files = source.files
    if any(path.is_dir() for path in files):
        return _of_runs(files, options)
    if options.forms or options.runs:
        raise WrongUsage.because(
            "{forms} and {runs} are for scored runs: name the folder of the exam",
            forms=option("forms"),
            runs=option("runs"),
        )
    contents = [(path.name, content_of(path, MOST_MEGABYTES)) for path in files]
    digests = [hashlib.sha256(data).hexdigest() for _, data in contents]
    if len(contents) == 1:
        counts = text_table(files[0].name, read_coded(*contents[0]))
        return _of_counts(counts, digests[0], neat=options.design == "neat")
    if len(contents) != 2:
        raise WrongUsage.because("name two files: the form whose scores are converted, then the other")
    notes: list[Note] = []
    if digests[0] == digests[1]:
        text = tell("X and Y are the same file, byte for byte; name the file of the other form")
        notes.append(message_note("same-file", text))
    names = {"x": files[0].name, "y": files[1].name}
    try:
        tables = tables_of_files(contents, source.exclude)
        roles = [score_columns(own.name for own in table.items) for table in tables]
        has_totals = equating_scores.scored_alike(*map(bool, roles))
    except ArgumentError as error:
        raise refusal(error, names, " + ".join(names.values())) from None
    if not has_totals:
        return *_of_items(source, options, tables, digests), tuple(notes)
    codes, forms = codes_of(source), []
    for side, table, own, sha256 in zip("xy", tables, roles, digests, strict=True):
        scores = [column for column in table.items if column.name in (own["total"], own.get("anchor"))]
        read = [*table.notes, *table.spaces(), *unmet_codes(scores, codes)]
        notes += [equating_scores.note("of-table", form=side, note=one) for one in of_totals(read)]
        forms.append(FormScores(table.name, None, sha256, _totals(table, codes)))
    return forms[0], forms[1], tuple(notes)


def _totals(table: ResponseTable, codes: Codes) -> TextTable:
    """Return the cells of a table of total scores, without codes for no answer."""
    columns = {own.name: total_cells(own, codes).tolist() for own in table.items}
    frame = pl.DataFrame({"id": table.persons} | columns, schema_overrides=dict.fromkeys(columns, pl.String))
    return TextTable(table.name, frame, [*map(table.where, range(table.n_rows))])


def _of_counts(texts: TextTable, sha256: str, neat: bool) -> tuple[FormScores, FormScores, Notes]:
    name = texts.name
    if not set(_COUNTS) <= set(texts.frame.columns):
        raise WrongUsage.because(
            "one file holds the columns `scale`, `xcount`, `ycount`; else name two: X.csv Y.csv"
        )
    if neat:
        raise WrongUsage.because(
            "counts of both forms in one file have no anchor: {design}, or two files with `anchor`",
            design=option("design", "eg"),
        )
    if texts.frame["scale"].is_duplicated().any():
        raise refused(name, "score-twice", tell("names a score of `scale` twice"))
    x, y = (
        FormScores(f"{name} {label}", None, sha256, texts._replace(
            name=f"{name} {label}", frame=texts.frame.select(total="scale", count=count)
        ))
        for count, label in (("xcount", "X"), ("ycount", "Y"))
    )  # fmt: skip
    return x, y, ()


def _of_items(
    source: ResponseSource, options: EquatingOptions, tables: Sequence[ResponseTable], digests: Sequence[str]
) -> tuple[FormScores, FormScores]:
    """Return the responses of two files of items, to which one key may apply.

    Items with the same name in both files are the anchor; they are scored on one scale.
    """
    loaded = LoadedResponses(source, " ".join(digests), tables[0])
    x, y = (
        FormScores(table.name, None, sha256, loaded.responses_in(table, loaded.key))
        for table, sha256 in zip(tables, digests, strict=True)
    )
    common = [item for item in _items(x) if item in _items(y)]
    if unknown := [item for item in options.not_anchor if item not in common]:
        raise WrongUsage.because("{items} is not common to both forms", items=", ".join(unknown))
    if options.design == "neat" or (options.design is None and options.not_anchor):
        x = x._replace(items=tuple(item for item in common if item not in options.not_anchor))
    return x, y


def _items(form: FormScores) -> tuple[str, ...]:
    return form.scores.items if isinstance(form.scores, Responses) else ()


# ── scored runs ──────────────────────────────────────────────────────────────────────────────


def _of_runs(files: Sequence[Path], options: EquatingOptions) -> tuple[FormScores, FormScores, Notes]:
    """Return the scores on two forms of one run (`forms`), or on the forms of two runs."""
    if len(files) > 2 or not all(path.is_dir() for path in files):
        raise WrongUsage.because("name one exam or two: the folders that `build` wrote")
    places: list[tuple[Path, str | None]] = [  # EXAM, or one of its runs: EXAM/results/runs/0002
        (path.parents[2], path.name)
        if path.parent.name == "runs" and path.parent.parent.name == RESULTS
        else (path, None)
        for path in files
    ]
    runs = options.runs
    if runs and len(runs) != len(files):
        raise WrongUsage.because("{runs} names one run for each exam", runs=option("runs"))
    named = [run or own for run, (_, own) in zip(runs or ("",) * len(files), places, strict=True)]
    read = [
        (responses_of(folder, run or None), KeyOfRun(folder, run_of(folder / RESULTS, run or None)))
        for (folder, _), run in zip(places, named, strict=True)
    ] * (3 - len(files))
    neat, internal = options.design != "eg", options.anchor != "external"
    sides = [
        _Side(found, of, form, folder.resolve())
        for (found, of), form, (folder, _) in zip(
            read, _forms_of(options, read, one=len(files) == 1), places * (3 - len(files)), strict=True
        )
    ]
    asked = [one.signatures("scored" if internal else "pilot") for one in sides] if neat else [{}, {}]
    common = [one for one in asked[0] if one in asked[1] and str(one[0]) not in options.not_anchor]
    both = {str(one[0]) for one in asked[0]} & {str(one[0]) for one in asked[1]}
    notes: Notes = ()
    if unlike := sorted(both - {str(one[0]) for one in common} - {*options.not_anchor}):
        message = tell(
            "not in the anchor, for text, key or points are not the same on both forms: {items}",
            items=", ".join(unlike[:10]) + (" …" if len(unlike) > 10 else ""),
        )
        notes = (message_note("anchor-unlike", message),)
    if options.design == "neat" and not common:
        message = tell("have no pilot item in common")
        if internal:
            eg = option("design", "eg")
            message = tell(
                "have no scored item in common: use {design}, where the groups are alike", design=eg
            )
        first, second = (one.label for one in sides)
        more = [Problem(first, "anchor-unlike", one.values["message"], severity="notice") for one in notes]
        raise Refused.because(
            "{first} and {second} {message}",
            [Problem(joined((first, second), " + "), "no-common-items", message), *more],
            first=first,
            second=second,
            message=message,
        )
    x, y = (one.scores([of[n] for n in common], internal) for one, of in zip(sides, asked, strict=True))
    return x, y, notes


class _Side(NamedTuple):
    """One of the two forms, with the run in which it was taken."""

    found: Administration
    key: KeyOfRun
    form: str
    exam: Path

    @property
    def label(self) -> Message:
        """The form as people call it: exam, run and form."""
        return tell("{exam} run {run} form {form}", exam=self.found.name, run=self.found.run, form=self.form)

    @property
    def cells(self) -> NDArray[np.int8]:
        """The answers of the candidates who took the form."""
        rows = np.flatnonzero(self.found.form == self.found.forms.index(self.form))
        return np.asarray(self.found.chosen.cells[rows])

    def signatures(self, standing: str) -> dict[tuple[object, ...], int]:
        """Return the columns of the items of this standing, by the properties that an anchor item must share:
        the id, the text and key as scored, the points, and what each option earns.
        """
        given = (self.cells != NOT_ADMINISTERED).all(axis=0)
        found: dict[tuple[object, ...], int] = {}
        for n, one in enumerate(self.found.columns):
            if given[n] and one.standing == standing:
                worth = (Fraction(earned, self.found.unit) for earned in one.worth)
                own = sorted(zip(one.options[: one.n_own], worth, strict=False))
                found[one.item, one.item_hash, one.key_ids, one.points, *own] = n
        return found

    def scores(self, anchor: Sequence[int], internal: bool) -> FormScores:
        """Return the totals, and the points on the anchor, whose columns are `anchor`."""
        columns, cells, unit, key = self.found.columns, self.cells, self.found.unit, self.key.key
        earned = self.found.worth()[np.arange(len(columns)), cells + len(MISSING_KINDS)]
        totals, on_anchor = earned.sum(axis=1), earned[:, anchor]
        if not internal:  # a pilot item earns nothing in the run, and here its points by its key
            right = [np.isin(cells[:, k], list(columns[k].key)) for k in anchor]
            on_anchor = np.stack(right, axis=1) * [columns[k].points * unit for k in anchor]
        own = [place for place, name in enumerate(key.names) if base_form(name) == self.form]
        return FormScores(
            self.label, self.form, self.key.run.sha256,
            {"total": (np.maximum(totals, 0) if self.found.floor_total else totals) / unit}
            | ({"anchor": on_anchor.sum(axis=1) / unit} if anchor else {}),
            least=int(key.least_total[own].min()) / key.unit, points=int(key.max_total[own].max()) / key.unit,
            anchor_points=float(sum(columns[k].points for k in anchor)) if anchor else None,
            items=tuple(columns[k].item for k in anchor), exam=self.exam,
        )  # fmt: skip


def _forms_of(
    options: EquatingOptions, read: Sequence[tuple[Administration, KeyOfRun]], one: bool
) -> tuple[str, str]:
    """Return the names of the two forms: those given, or else the only form of each of two runs."""
    forms = options.forms
    if forms and len(forms) != 2:
        raise WrongUsage.because(
            "{forms} names two forms: the one whose scores are converted, then the other",
            forms=option("forms"),
        )
    sat = [[name for n, name in enumerate(found.forms) if (found.form == n).any()] for found, _ in read]
    if not forms:
        if one or any(len(own) != 1 for own in sat):
            shown = " / ".join(", ".join(own[:10]) or tell("none") for own in (sat[:1] if one else sat))
            raise WrongUsage.because(
                "say with {forms} which two forms: there are {shown}", shown=shown, forms=option("forms")
            )
        return sat[0][0], sat[1][0]
    first, second = forms
    for form, own in zip(forms, sat, strict=True):
        if form not in own:
            shown = ", ".join(own[:10]) or tell("none")
            raise WrongUsage.because("nobody sat form {form}: there are {shown}", form=form, shown=shown)
    if one and first == second:
        raise WrongUsage.because("{forms} names two different forms", forms=option("forms"))
    return first, second
