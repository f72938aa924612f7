"""The statistics of an administration → `statistics.csv` of each unit, bound to the text that was printed.

A line is one item on one form. It has a hash of the text as printed with the key as scored. If a correction
changed the key, the numbers apply to the item only once its key in the bank is the same.

Parameters of a sitting, and statistics in the bank → these parameters on the scale of the bank.

The scale of a bank is the scale of the first administration whose parameters were written to it. Those of a
later administration are transformed to it through items that both asked with the same text and key. The bank
stores the slope and the intercept with them, so that the original values can be recovered. Administrations
without enough common items keep scales of their own.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import nullcontext
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from examgen.analysis.administrations import Administration, made_up
from examgen.analysis.shown import message
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
from examgen.core.files import SHARED_FOLDER, read_input, stage_files
from examgen.core.problems import Problem, Refused
from examgen.core.words import Message, joined, option, tell, tell_n
from examgen.scoring.runs import run_of
from examgen.stats.arguments import ArgumentError
from examgen.stats.irt_forms import standardised
from examgen.stats.irt_models import DICHOTOMOUS, Fit
from examgen.stats.item_moments import observed
from examgen.stats.linking import link
from examgen.stats.matrix import administered

if TYPE_CHECKING:
    from examgen.analysis.exam import ExamAnalysis

MOST_FORMS = 100
"""With more forms (each candidate may have their own), one line covers all of them."""
UNSOUND = frozenset((
    "not-converged", "not-identified", "no-variance", "endless-variance", "singular-information",
    "nothing-to-fit", "few-candidates", "ability-out-of-range", "too-many-parameters",
))  # fmt: skip
"""Notes on a fit for which none of its parameters are written to the bank."""
MOST_ERROR = 1.5
"""A difficulty with a standard error of this many logits or more counts as unknown."""
_MOST_NAMED = 8
Parameters = dict[str, dict[str, float]]
"""By column: the estimated values of `a`, `b`, `c` and their standard errors."""


class WrittenStatistics(NamedTuple):
    """The statistics that were written: files, number of lines, and items to which they do not apply.

    `history` are the items whose text in the bank differs from the printed one; `other_keys` are those that
    differ only in the key, with the key by which they were scored; `unknown` are items that the bank no
    longer has.
    """

    files: tuple[Path, ...]
    n_lines: int
    history: tuple[str, ...]
    unknown: tuple[str, ...]
    link: BankLink | None = None
    """The transformation to the scale of the bank; None if no parameters were written."""
    other_keys: Mapping[str, tuple[str, ...]] = {}

    def document(self) -> dict[str, Any]:
        """Return what was written as plain values, as `--json` prints it."""
        link = None if self.link is None else self.link._asdict()
        return {**self._asdict(), "files": list(map(str, self.files)), "link": link}

    def notices(self) -> Iterator[str]:
        """Yield what a person should know about the statistics."""
        if self.link is not None and self.link.message:
            yield self.link.message
        if self.other_keys:
            keys = joined(f"{item} ({', '.join(key)})" for item, key in self.other_keys.items())
            yield tell(
                "Scored with another key than the bank has: {keys}. These statistics count after you enter "
                "that key in the bank and have the items approved again.",
                keys=keys,
            )
        if self.history:
            yield tell(
                "not used, because the text has changed since then: {history}",
                history=", ".join(self.history),
            )
        if self.unknown:
            yield tell("no longer in the bank: {unknown}", unknown=", ".join(self.unknown))


def write_back(
    found: ExamAnalysis,
    bank_folder: Path,
    sitting: str,
    day: date | None,
    *,
    replace: bool,
    own_scale: bool,
    within: FileChange | None = None,
) -> tuple[WrittenStatistics, list[str]]:
    """Write the statistics of an analysis into the bank, and return notices about them.

    `sitting` is the result of `sitting_name`; the other arguments are those of `write_statistics`.
    """
    names = found.chosen.items
    written = write_statistics(
        found.administration,
        bank_folder,
        sitting,
        day,
        parameters_of(found.fit, names),
        replace,
        within,
        own_scale,
    )
    return written, [*written.notices(), *filter(None, [why_unwritten(found.fit, names)])]


def sitting_name(folder: Path, found: Administration, name: str | None, synthetic: bool) -> str:
    """Return the name of the sitting in the bank; it is marked if candidates are synthetic.

    Raises Refused if some candidates are synthetic and `synthetic` is false, because their numbers would be
    taken for evidence on the items.
    """
    called = name or found.name
    n_made_up, n = made_up(run_of(folder / RESULTS, str(found.run)).folder)
    if not n_made_up:
        return called
    if not synthetic:
        raise Refused.because(
            "{n_made_up:,} of {n:,} candidates of run {run} are synthetic, so their statistics are no "
            "evidence about the items and were not written. For a trial, {synthetic} writes them marked "
            "as synthetic",
            n_made_up=n_made_up,
            n=n,
            run=found.run,
            synthetic=option("synthetic", command="analyse exam"),
        )
    return called if called.startswith(SYNTHETIC) else SYNTHETIC + called


# ── parameters of the model ──────────────────────────────────────────────────────────────────


def parameters_of(fit: Fit, names: Sequence[str]) -> Parameters:
    """Return the estimated parameters of dichotomous items; `names` are the columns of the fit, in order.

    For every model they are on the scale on which the candidates of this administration have mean 0 and
    standard deviation 1; `write_statistics` transforms them to the scale of the bank. A fit with an `UNSOUND`
    note gives none. Items are left out if their slope is not above 0, or if the standard error of their
    difficulty is missing or at least `MOST_ERROR`.
    """
    if _faults(fit):
        return {}
    values, own = standardised(fit), fit.parameters
    with np.errstate(invalid="ignore"):
        known = np.isfinite(own.b[:, 0]) & (own.a > 0) & (fit.se_b[:, 0] < MOST_ERROR)
    found: Parameters = {}
    for n in np.flatnonzero(known & (own.kind == DICHOTOMOUS)).tolist():
        found[names[n]] = {what: float(value[n]) for what, value in values.items()}
        if own.c[n] or math.isfinite(fit.se_c[n]):
            found[names[n]] |= {"c": float(own.c[n]), "se_c": float(fit.se_c[n])}
    return found


def _faults(fit: Fit) -> list[Message]:
    return [message(note.message) for note in fit.notes if note.item is None and note.code in UNSOUND]


def why_unwritten(fit: Fit, names: Sequence[str]) -> Message | None:
    """Return why items have no parameters in the bank; None if all have them."""
    if faults := _faults(fit):
        return tell("no model parameters were written: {why}", why=joined(faults, "; "))
    known = parameters_of(fit, names)
    lacking = [name for name in names if name not in known]
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


# ── lines of the bank ────────────────────────────────────────────────────────────────────────


def statistics_lines(
    found: Administration,
    name: str | None = None,
    day: date | None = None,
    parameters: Parameters | None = None,
    scale: str = "",
) -> dict[str, list[Statistic]]:
    """Return the statistics of each item on each form, by unit.

    `name` is that of the administration, by default the exam's id. `scale` names the administration on whose
    scale the parameters are, if it is another one. An item that a correction dropped or credited has a line
    without measurements, because it was seen but nothing is known about it. Items that nobody was given have
    no line.
    """
    # (J, options) the proportion of an item's points that an option is worth, without penalties
    shares = np.zeros((len(found.columns), max((len(one.options) for one in found.columns), default=1)))
    for row, column in zip(shares, found.columns, strict=True):
        row[list(column.key)] = 1.0
        if column.standing == "scored":
            row[: len(column.worth)] = np.maximum(column.worth, 0) / (column.points * found.unit)
    counted = np.array([column.standing == "scored" for column in found.columns])
    lines: dict[str, list[Statistic]] = {}
    for place, form in enumerate(_forms(found)):
        cells = found.chosen.cells
        if form and len(found.forms) > 1:
            cells = cells[np.flatnonzero(found.form == place)]
        asked = np.flatnonzero(administered(cells))  # empty without candidates
        seen = observed(cells[:, asked], shares[asked], counted[asked])
        for own, number in enumerate(asked.tolist()):
            column = found.columns[number]
            numbers: dict[str, float | None] = {**dict.fromkeys(NUMBERS), "n": int(seen.n[own])}
            if column.standing in ("scored", "pilot"):
                values = {"facility": seen.facility[own], "item_rest": seen.item_rest[own]}
                values |= (parameters or {}).get(column.name, {})
                numbers |= {what: float(x) if math.isfinite(x) else None for what, x in values.items()}
            line = Statistic(
                column.item,
                column.item_hash,
                name or found.name,
                form,
                day.isoformat() if day else "",
                numbers,
                scale if numbers["b"] is not None else "",
            )
            lines.setdefault(column.unit, []).append(line)
    return lines


def _forms(found: Administration) -> Sequence[str]:
    """Return the forms that lines are about; if there are too many, a single form without a name."""
    return ("",) if len(found.forms) > MOST_FORMS else found.forms


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
    """Write the statistics of an administration into the folders of its units, all of them or none.

    Earlier lines of the same administration are replaced. `within` is a change of the bank that writes them
    together with other files.

    Raises Refused if a unit is not in the bank, or, without `replace`, if a file has lines of another
    administration of that name (see `bank.statistics.with_lines`).
    """
    units = sorted({one.unit for one in found.columns})
    with changing(bank_folder):
        earlier = [] if own_scale else units
        link = _link(found, name or found.name, parameters, bank_folder, earlier) if parameters else None
        carried = {one: link.carried(own) for one, own in (parameters or {}).items()} if link else {}
        lines = statistics_lines(found, name, day, carried, link.scale if link else "")
        problems = [
            Problem(unit, "unknown-unit", tell("is not a unit of {bank_folder}", bank_folder=bank_folder))
            for unit in units
            if not (bank_folder / unit).is_dir()
        ]
        if problems:
            raise Refused.because("statistics cannot be written", problems)
        files = {}
        for unit in sorted(lines):
            path = bank_folder / unit / STATISTICS_FILE
            columns = [one for one in found.columns if one.unit == unit]
            asked = {(one.item, form) for one in columns for form in _forms(found)}
            files[path] = _merged(path, lines[unit], asked, replace)
        changed = {path: data for path, data in files.items() if _bytes(path) != data}
        with nullcontext(within) if within else change(bank_folder, SHARED_FOLDER) as one:
            stage_files(one, changed, True)
            one.commit()
        shelves, _ = load_bank(bank_folder, sorted(lines))
    # items whose text or key has changed since, and items that are no longer in the bank; nothing can be said
    # about a unit with faults
    items = {item.id: item for shelf in shelves for item in shelf.items}
    seen = [line for shelf in shelves for line in lines[str(shelf.unit.code)]]
    unknown = {line.item for line in seen} - set(items)
    held = {line.item for line in seen if line.item in items and line.holds_for(items[line.item])}
    history = {line.item for line in seen} - held - unknown
    keys = {
        line.item: items[line.item].keyed_as(line.item_hash or "") for line in seen if line.item in history
    }
    other_keys = {item: key for item, key in sorted(keys.items()) if key is not None}
    return WrittenStatistics(
        tuple(files),
        sum(map(len, lines.values())),
        tuple(sorted(history - set(other_keys))),
        tuple(sorted(unknown)),
        link,
        other_keys,
    )


def _link(
    found: Administration, name: str, parameters: Parameters, bank_folder: Path, units: Sequence[str]
) -> BankLink:
    """Return the link to the scale of the bank, by the items that its statistics also have.

    An item that a correction changed on only one form has two columns, and is not used.
    """
    times = Counter(one.item for one in found.columns)
    columns = [one for one in found.columns if one.name in parameters and times[one.item] == 1]
    earlier: list[Statistic] = []
    for unit in units:  # faults of a file are reported when it is merged
        text = _bytes(bank_folder / unit / STATISTICS_FILE).decode("utf-8-sig", errors="replace")
        earlier += read_statistics(text, f"{unit}/{STATISTICS_FILE}")[0] if text else []
    own = {one.item: parameters[one.name] for one in columns}
    return link_to_bank(name, own, {one.item: one.item_hash for one in columns}, earlier)


def _merged(
    path: Path, lines: Sequence[Statistic], asked: Collection[tuple[str, str]], replace: bool
) -> bytes:
    """Return the file of a unit with the new lines in place of earlier ones of this administration."""
    source, data = f"{path.parent.name}/{path.name}", _bytes(path)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        problem = Problem(source, "encoding", tell("is not UTF-8 text. Save it as UTF-8"))
        raise Refused.because("statistics cannot be written", [problem]) from error
    mark = "" if data and not data.startswith(b"\xef\xbb\xbf") else "\ufeff"
    return (mark + with_lines(text, source, lines, asked, replace)).encode()


def _bytes(path: Path) -> bytes:
    return read_input(path) if path.is_file() else b""


# ── the scale of the bank ─────────────────────────────────────────────────────────────────────────────


FEWEST = 5
"""The fewest common items for a link; with fewer, parameters stay on the scale of their own candidates."""


class BankLink(NamedTuple):
    """The transformation of parameters to the scale of the bank: θ_scale = slope · θ_own + intercept."""

    scale: str
    """The administration whose scale is used; empty if the parameters stay on their own."""
    slope: float
    intercept: float
    n_common: int
    dropped: tuple[str, ...]
    """Common items that have drifted and are not used for the link."""
    message: str
    """What was done, or why there is no link; empty if the bank has no other scale."""

    def carried(self, own: Mapping[str, float]) -> dict[str, float]:
        """Return the parameters of an item on that scale.

        Standard errors take the slope and the intercept as known.
        """
        if not self.scale:
            return dict(own)
        factor = {"a": 1 / self.slope, "se_a": 1 / self.slope, "b": self.slope, "se_b": self.slope}
        found = {what: value * factor.get(what, 1.0) for what, value in own.items()}
        found["b"] += self.intercept
        return found | {"slope": self.slope, "intercept": self.intercept}


def link_to_bank(
    name: str, own: Parameters, hashes: Mapping[str, str], lines: Sequence[Statistic]
) -> BankLink:
    """Return the link to the scale in the bank with which an administration shares the most items.

    `name` is the administration. `own` has its parameters by item, `hashes` the hash of text and key of each
    item that it asked. `lines` are the statistics in the bank: those of other administrations, and those
    written earlier for this one, which are ignored.
    """
    unlinked = BankLink("", 1.0, 0.0, 0, (), "")
    if any(one.scale == name and one.administration != name for one in lines):
        words = tell(
            "other administrations stand on the scale of {name}: its parameters stay on it; write the others "
            "back again if they have changed",
            name=name,
        )
        return unlinked._replace(message=words)
    # for each scale, the oldest first, the latest line of each common item with parameters on that scale;
    # results of synthetic candidates are linked with those of synthetic candidates alone, never with people's
    known: dict[str, dict[str, Statistic]] = {}
    for one in sorted(lines, key=lambda line: (line.date, line.administration)):
        made_up = name.startswith(SYNTHETIC)
        if one.administration == name or one.synthetic != made_up or one.numbers["b"] is None:
            continue
        on_scale = known.setdefault(one.scale or one.administration, {})
        if one.item in own and one.item_hash in (None, hashes[one.item]):
            on_scale[one.item] = one
    if not known:
        return unlinked
    # of scales with equally many items the oldest, which comes first
    scale, items = max(known.items(), key=lambda pair: len(pair[1]))
    names = sorted(items)
    here, there = (_table(names, side) for side in (own, {item: items[item].numbers for item in names}))
    n, found = len(names), None
    if n >= FEWEST:
        try:
            found = link(here, there, purify=True)
            n = len(found.anchors)
        except ArgumentError:
            pass
    stays = tell("model parameters stay on the scale of their own candidates")
    if n < FEWEST:
        words = tell_n(
            "{stays}: {n} item in common with {scale}, and {fewest} are needed to link them",
            "{stays}: {n} items in common with {scale}, and {fewest} are needed to link them",
            n,
            stays=stays,
            scale=scale,
            fewest=FEWEST,
        )
    elif found is None:
        words = tell(
            "{stays}: the {n} items in common with {scale} do not tell how the scales lie to each other",
            stays=stays,
            n=n,
            scale=scale,
        )
    elif "too-many-drift" in {one.code for one in found.notes}:
        words = tell(
            "{stays}: of {n} items in common with {scale} half or more have drifted",
            stays=stays,
            n=n,
            scale=scale,
        )
    else:
        words = tell(
            "model parameters are on the scale of {scale}, by {n} of {n_common} common items: slope "
            "{slope:.3f}, intercept {intercept:.3f}",
            scale=scale,
            n=n - len(found.dropped),
            n_common=n,
            slope=found.slope,
            intercept=found.intercept,
        )
        if found.dropped:
            words = tell(
                "{message}; drifted and left out: {items}", message=words, items=", ".join(found.dropped)
            )
        return BankLink(scale, found.slope, found.intercept, n, found.dropped, words)
    return unlinked._replace(n_common=n, message=words)


def _table(
    names: Sequence[str], numbers: Mapping[str, Mapping[str, float | None]]
) -> dict[str, list[object]]:
    """Return a table for `link`: the slope is 1 and the asymptote 0 where they are missing."""
    table: dict[str, list[object]] = {"item": list(names)}
    for what, otherwise in (("a", 1.0), ("b", None), ("c", 0.0), ("se_a", None), ("se_b", None)):
        values = [numbers[item].get(what) for item in names]
        table[what] = [otherwise if value is None else value for value in values]
    return table
