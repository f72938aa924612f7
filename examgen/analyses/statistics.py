"""The statistics of an administration → `statistics.csv` of each unit, bound to the text that was asked.

A line is one item on one form. It has a hash of the text as printed and of the key as scored: if a correction
changed the key, the numbers apply to the item only once its key in the bank says the same.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import nullcontext
from datetime import date
from pathlib import Path
from typing import NamedTuple

import numpy as np

from examgen.analyses.administrations import Administration, made_up
from examgen.analyses.bank_scale import BankLink, link_to_bank
from examgen.analyses.documents import in_both
from examgen.bank.statistics import (
    NUMBERS,
    STATISTICS_FILE,
    SYNTHETIC,
    Statistic,
    read_statistics,
    with_lines,
)
from examgen.bank.whole_bank import load_bank
from examgen.core.changes import FileChange, change, changing
from examgen.core.exam.names import RESULTS
from examgen.core.models.item import Item
from examgen.core.problems import Problem, Refused
from examgen.core.responses.matrix import administered, with_columns
from examgen.core.storage import SHARED_FOLDER, read_input, stage_files
from examgen.core.words import Message, joined, option, tell, tell_n
from examgen.psychometrics.classical.observed import observed
from examgen.scoring.runs.compare import run_of
from examgen.stats.irt_models import DICHOTOMOUS, Fit

MOST_FORMS = 100
"""With more forms (each candidate may have their own), one line covers all of them."""
UNSOUND = frozenset((
    "not-converged", "not-identified", "no-variance", "endless-variance", "singular-information",
    "nothing-to-fit", "few-candidates", "ability-out-of-range", "too-many-parameters",
))  # fmt: skip
"""Notes on a fit that keep all of its parameters out of the bank."""
MOST_ERROR = 1.5
"""A difficulty with a larger standard error, in logits, counts as not known."""
_MOST_NAMED = 8
Parameters = dict[str, dict[str, float]]
"""The estimated ones of `a`, `b`, `c` and their standard errors, by the name of the column."""


class WrittenStatistics(NamedTuple):
    """The written statistics: the files and the number of lines.

    `history` has the items whose text in the bank differs from the one that was asked, `other_keys` those
    that differ in the key alone, with the key by which they were scored, `unknown` the items that the bank
    no longer has.
    """

    files: tuple[Path, ...]
    n_lines: int
    history: tuple[str, ...]
    unknown: tuple[str, ...]
    link: BankLink | None = None
    """How the parameters were put on the bank's scale; None if none were written."""
    other_keys: Mapping[str, tuple[str, ...]] = {}


def notices_of_written(written: WrittenStatistics) -> Iterator[str]:
    """What a person should know of statistics that were written."""
    if written.link is not None and written.link.message:
        yield written.link.message
    if written.other_keys:
        keys = joined(f"{item} ({', '.join(key)})" for item, key in written.other_keys.items())
        yield tell(
            "Scored with another key than the bank has: {keys}. These statistics count "
            "after you enter that key in the bank and have the items approved again.",
            keys=keys,
        )
    if written.history:
        yield tell(
            "not used, because the text has changed since then: {history}", history=", ".join(written.history)
        )
    if written.unknown:
        yield tell("no longer in the bank: {unknown}", unknown=", ".join(written.unknown))


def why_unwritten(fit: Fit, names: Sequence[str]) -> Message | None:
    """Why items have no parameters in the bank; None where all have."""
    if whole := [in_both(note.message) for note in fit.notes if note.item is None and note.code in UNSOUND]:
        return tell("no model parameters were written: {why}", why=joined(whole, "; "))
    found = parameters_of(fit, names)
    lacking = [name for name in names if name not in found]
    if not lacking:
        return None
    return tell_n(
        "no model parameters were written for {n} item with a slope that is not above 0 or a "
        "standard error of the difficulty of {error} logits or more: {items}",
        "no model parameters were written for {n} items with a slope that is not above 0 or a "
        "standard error of the difficulty of {error} logits or more: {items}",
        len(lacking),
        error=MOST_ERROR,
        items=joined([*lacking[:_MOST_NAMED], *(["…"] if len(lacking) > _MOST_NAMED else [])]),
    )


def parameters_of(fit: Fit, names: Sequence[str]) -> Parameters:
    """The estimated parameters of dichotomous items; `names` are the columns of the fit, in order.

    Whatever the model, they are on the scale on which the candidates of this administration have mean 0 and
    standard deviation 1; `write_statistics` transforms them to the scale of the bank. A fit with an
    `UNSOUND` note gives none. Items are left out if their slope is not above 0, or if the standard error of
    their difficulty exceeds `MOST_ERROR` or is missing.
    """
    b, found = fit.parameters.b, Parameters()
    if any(note.item is None and note.code in UNSOUND for note in fit.notes):
        return found
    metric = _Metric(fit)
    for n, name in enumerate(names):
        known = math.isfinite(b[n, 0]) and fit.parameters.a[n] > 0 and fit.se_b[n, 0] < MOST_ERROR
        if fit.parameters.kind[n] != DICHOTOMOUS or not known:
            continue
        said = metric.parameters(n)
        if fit.parameters.c[n] or math.isfinite(fit.se_c[n]):
            said |= {"c": fit.parameters.c[n], "se_c": fit.se_c[n]}
        found[name] = {what: float(value) for what, value in said.items()}
    return found


class _Metric:
    """The scale on which abilities have mean 0 and standard deviation 1.

    A Rasch model has slopes of 1 and estimates the standard deviation s of ability: with θ = m + sz, the
    logit a(θ − b) is as(z − (b − m)/s). Without this transformation its items would have other units than
    those of a 2PL, and the reliability that assembly computes for θ ~ N(0, 1) would be wrong for them.
    """

    def __init__(self, fit: Fit) -> None:
        self.fit, self.mean, self.sd = fit, float(fit.mean[0]), float(fit.sd[0])
        self.place = {label: row for row, label in enumerate(fit.free)} if fit.covariance.size else {}

    def parameters(self, n: int) -> dict[str, float]:
        """`a` and `b` of item n, and their standard errors by the delta method."""
        fit, a, b = self.fit, float(self.fit.parameters.a[n]), float(self.fit.parameters.b[n, 0])
        if (self.mean, self.sd) == (0.0, 1.0):
            return {"a": a, "b": b, "se_a": fit.se_a[n], "se_b": fit.se_b[n, 0]}
        moved, se_a = (b - self.mean) / self.sd, float(fit.se_a[n]) * self.sd
        se_b = float(fit.se_b[n, 0]) / self.sd  # without the error of s
        if math.isnan(se_a):  # the slope was fixed: its only error is that of the unit
            se_a = a * float(fit.se_sd[0])
            step, unit = self.place.get(("d", n, 0)), self.place.get(("sd", 0, 0))
            if step is not None and unit is not None:  # of (b − m)/s, with b = −d/a
                slope = np.array([-1.0 / (a * self.sd), -moved / self.sd])
                own = fit.covariance[np.ix_([step, unit], [step, unit])]
                se_b = math.sqrt(float(slope @ own @ slope))
        return {"a": a * self.sd, "b": moved, "se_a": se_a, "se_b": se_b}


def statistics_lines(
    found: Administration,
    name: str | None = None,
    day: date | None = None,
    parameters: Parameters | None = None,
    scale: str = "",
) -> dict[str, list[Statistic]]:
    """The statistics of each item on each form, by unit.

    `name` is that of the administration, by default the exam's id; `scale` names the administration on whose
    scale the parameters are, if it is another. An item that a correction dropped or credited has a line
    without measurements: it was seen, but nothing is known about it. Items that nobody was given have no
    line.
    """
    said = parameters or {}
    lines: dict[str, list[Statistic]] = {}
    # (J, options) the proportion of an item's points that an option is worth, without penalties
    shares = np.zeros((len(found.columns), max((len(one.options) for one in found.columns), default=1)))
    for row, column in zip(shares, found.columns, strict=True):
        row[list(column.key)] = 1.0
        if column.standing == "scored":
            row[: len(column.worth)] = np.maximum(column.worth, 0) / (column.points * found.unit)
    counted = np.array([column.standing == "scored" for column in found.columns])
    many = len(found.forms) > MOST_FORMS
    for place, form in enumerate(("",) if many else found.forms):
        cells = found.chosen.cells
        if not many and len(found.forms) > 1:
            cells = cells[np.flatnonzero(found.form == place)]
        asked = np.flatnonzero(administered(cells))  # empty without candidates
        seen = observed(with_columns(cells, asked), shares[asked], counted[asked])
        for own, number in enumerate(asked.tolist()):
            column = found.columns[number]
            numbers: dict[str, float | None] = dict.fromkeys(NUMBERS)
            numbers["n"] = int(seen.n[own])
            if column.standing in ("scored", "pilot"):
                numbers |= {"facility": _known(seen.facility[own]), "item_rest": _known(seen.item_rest[own])}
                numbers |= {what: _known(value) for what, value in said.get(column.name, {}).items()}
            one = Statistic(
                column.item,
                column.item_hash,
                name or found.name,
                form,
                day.isoformat() if day else "",
                numbers,
                scale if numbers["b"] is not None else "",
            )
            lines.setdefault(column.unit, []).append(one)
    return lines


def _known(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None


# ── made-up candidates ───────────────────────────────────────────────────────────────────────


def sitting_name(folder: Path, found: Administration, name: str | None, synthetic: bool) -> str:
    """The name of the sitting in the bank; it has a mark if its candidates are synthetic.

    Raises Refused if some candidates are synthetic and `synthetic` is not set: their numbers would be taken
    for evidence on the items.
    """
    called = name or found.name
    n_made_up, n = made_up(run_of(folder / RESULTS, str(found.run)).folder)
    if not n_made_up:
        return called
    if not synthetic:
        raise Refused(
            tell(
                "{n_made_up:,} of {n:,} candidates of run {run} are synthetic, so their "
                "statistics are no evidence about the items and were not written. For a trial, "
                "{synthetic} writes them marked as synthetic",
                n_made_up=n_made_up,
                n=n,
                run=found.run,
                synthetic=option("synthetic", command="analyse exam"),
            )
        )
    return called if called.startswith(SYNTHETIC) else SYNTHETIC + called


# ── to the bank ──────────────────────────────────────────────────────────────────────────────


def write_statistics(
    found: Administration,
    bank_folder: Path,
    name: str | None = None,
    day: date | None = None,
    parameters: Parameters | None = None,
    replace: bool = False,
    within: FileChange | None = None,
    own_scale: bool = False,
) -> WrittenStatistics:
    """Writes the statistics of an administration into the folders of its units, all of them or none.

    `within` is a change of the bank that writes them together with other files. The same administration
    replaces its earlier lines, in place. Raises Refused if a unit is not in the bank, or if a file has lines
    of another administration of that name (see `bank.with_lines`).
    """
    with changing(bank_folder):
        units = sorted({one.unit for one in found.columns})
        link = None
        if parameters:
            # The link uses the items that the bank's lines also have. An item that a correction changed on
            # only one form is two columns, and does not link.
            times = Counter(one.item for one in found.columns)
            columns = [one for one in found.columns if one.name in parameters and times[one.item] == 1]
            earlier: list[Statistic] = []
            for unit in () if own_scale else units:
                path = bank_folder / unit / STATISTICS_FILE
                if path.is_file():  # faults of the file are reported when it is merged
                    text = read_input(path).decode("utf-8-sig", errors="replace")
                    earlier += read_statistics(text, f"{unit}/{path.name}")[0]
            link = link_to_bank(
                name or found.name,
                {one.item: parameters[one.name] for one in columns},
                {one.item: one.item_hash for one in columns},
                earlier,
            )
        said = {one: link.carried(own) for one, own in (parameters or {}).items()} if link else {}
        lines = statistics_lines(found, name, day, said, link.scale if link else "")
        lacking = [unit for unit in units if not (bank_folder / unit).is_dir()]
        if lacking:
            problems = [
                Problem(unit, "unknown-unit", tell("is not a unit of {bank_folder}", bank_folder=bank_folder))
                for unit in lacking
            ]
            raise Refused(tell("statistics cannot be written"), problems)
        files: dict[Path, bytes] = {}
        for unit in units:
            path = bank_folder / unit / STATISTICS_FILE
            if own := lines.get(unit, []):
                source, data = f"{unit}/{path.name}", read_input(path) if path.is_file() else b""
                try:
                    text = data.decode("utf-8-sig")
                except UnicodeDecodeError as error:
                    problem = Problem(source, "encoding", tell("is not UTF-8 text. Save it as UTF-8"))
                    raise Refused(tell("statistics cannot be written"), [problem]) from error
                mark = "" if data and not data.startswith(b"\xef\xbb\xbf") else "\ufeff"
                forms = found.forms if len(found.forms) <= MOST_FORMS else ("",)
                asked = {(one.item, form) for one in found.columns if one.unit == unit for form in forms}
                files[path] = (mark + with_lines(text, source, own, asked, replace)).encode()
        with nullcontext(within) if within else change(bank_folder, SHARED_FOLDER) as one:
            stage_files(
                one,
                {
                    path: data
                    for path, data in files.items()
                    if not (path.is_file() and read_input(path) == data)
                },
                True,
            )
            one.commit()
        # items whose text or key has changed since, and items that are no longer in the bank
        shelves, _ = load_bank(bank_folder, sorted(lines))
    items: dict[str, Item] = {item.id: item for shelf in shelves for item in shelf.items}
    loaded = [str(shelf.unit.code) for shelf in shelves]  # nothing can be said about a unit with faults
    seen = [one for code in loaded for one in lines[code]]
    unknown = {one.item for one in seen} - set(items)
    held = {one.item for one in seen if one.item in items and one.holds_for(items[one.item])}
    history = {one.item for one in seen} - held - unknown
    keys = {one.item: items[one.item].keyed_as(one.item_hash or "") for one in seen if one.item in history}
    other_keys = {item: key for item, key in sorted(keys.items()) if key is not None}
    history -= set(other_keys)
    n_lines = sum(map(len, lines.values()))
    return WrittenStatistics(
        tuple(files), n_lines, tuple(sorted(history)), tuple(sorted(unknown)), link, other_keys
    )
