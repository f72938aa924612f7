"""A scored run → `CommitteeBook`: what a committee has before it when it signs the results.

Everybody by centre, whom corrections moved, signals, decisions near the cut, the ledger, and what the item
analysis found where it was run. The book names keys of corrected items: it is confidential.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from examgen.reports.cohort import CohortReport, cohort_report
from examgen.reports.proportions import Proportion, proportion
from examgen.thai import dictionary_order

if TYPE_CHECKING:
    import polars as pl

    from examgen.reports.comparison import Comparison
    from examgen.scored_run import ScoredRun

Document = Mapping[str, Any]

_LISTED = ("candidate_id", "name", "form", "score", "max_score", "percent", "decision")


class ComparedRuns(Protocol):
    """Two runs and what changed between them, as `workflow.runs.Compared`."""

    @property
    def before(self) -> str: ...  # noqa: D102
    @property
    def after(self) -> str: ...  # noqa: D102
    @property
    def causes(self) -> tuple[str, ...]: ...  # noqa: D102
    @property
    def comparison(self) -> Comparison: ...  # noqa: D102


class Listed(NamedTuple):
    """A candidate of the list for signature, as candidates.csv has it."""

    candidate_id: str
    name: str
    form: str
    score: str
    max_score: str
    percent: str
    decision: str
    second_look: bool


class Centre(NamedTuple):
    """The candidates of a centre in the order of their ids; the name is empty where none is known."""

    name: str
    people: tuple[Listed, ...]
    passed: Proportion | None
    second_look: int


class Moved(NamedTuple):
    """A candidate who is otherwise than in the run before; None on the side where there is no row."""

    candidate_id: str
    name: str
    score_before: float | None
    score_after: float | None
    decision_before: str
    decision_after: str
    criteria: str


class Corrected(NamedTuple):
    """What the run before said otherwise, and who moved: those whose decision changed first."""

    before: str
    after: str
    causes: tuple[str, ...]
    comparison: Comparison
    moved: tuple[Moved, ...]


class SignalSeen(NamedTuple):
    """A signal of signals.csv with everybody it names: id, form and room."""

    number: str
    kind: str
    seen_th: str
    seen_en: str
    rows: tuple[tuple[str, str, str], ...]

    @property
    def rooms(self) -> tuple[str, ...]:
        """The rooms of those it names, each once."""
        return tuple(dict.fromkeys(room for *_, room in self.rows if room))


class FlaggedItem(NamedTuple):
    """An item that the analysis would have looked at: its flags and figures."""

    item: str
    pc: str
    n: int
    facility: float | None
    item_rest: float | None
    flags: tuple[str, ...]


class ItemSummary(NamedTuple):
    """What the item analysis of this run found. `is_of_run` tells whether it is of the same scoring."""

    is_of_run: bool
    n_items: int
    n_examined: int
    """Those that enough candidates had, `min_n`, to be looked at at all."""
    min_n: int
    n_fully_examined: int
    """Those that `min_n_fully` had: of the others only what is beyond chance is told."""
    min_n_fully: int
    forms: tuple[Document, ...]
    alarms: tuple[Document, ...]
    flagged: tuple[FlaggedItem, ...]


class CommitteeBook(NamedTuple):
    """Everything that the book says; `cohort` has ledger, quarantine and who is near the cut."""

    cohort: CohortReport
    centres: tuple[Centre, ...]
    corrections: tuple[Document, ...]
    """As the audit has them: kind, form and question or item, key, reason, by, date."""
    decided: tuple[Document, ...]
    """Decisions of people on rows, on record: file, line, decision, reason, by, date."""
    left_out: tuple[Document, ...]
    """What an earlier run had and this one leaves out on purpose: what, run, n, named."""
    corrected: Corrected | None
    signals: tuple[SignalSeen, ...] | None
    """None where the answers were not looked at for signals."""
    signal_notes: tuple[str, ...]
    items: ItemSummary | None


def committee_book(
    run: ScoredRun, compared: ComparedRuns | None = None, analysis: Document | None = None
) -> CommitteeBook:
    """The book of a run; `compared` is with the run before, `analysis` the document of analysis.json."""
    return CommitteeBook(
        cohort=cohort_report(run),
        centres=tuple(_centres(run)),
        corrections=tuple(run.audit.get("corrections") or ()),
        decided=tuple(run.audit.get("decided") or ()),
        left_out=tuple(run.audit.get("left_out") or ()),
        corrected=None if compared is None else _corrected(run, compared),
        signals=None if run.signals is None else tuple(_signals(run.signals)),
        signal_notes=tuple((run.audit.get("signals") or {}).get("notes") or ()),
        items=None if analysis is None else _items(run, analysis),
    )


# ── the list for signature ───────────────────────────────────────────────────────────────────


def _centres(run: ScoredRun) -> Iterator[Centre]:
    """In the order that people count; those whose centre is not known stand last."""
    by_centre: dict[str, list[Listed]] = {}
    table = run.candidates
    second = table["second_look"].to_list() if "second_look" in table.columns else [""] * table.height
    for centre, look, row in zip(table["centre"], second, table.select(_LISTED).iter_rows(), strict=True):
        by_centre.setdefault(centre, []).append(Listed._make((*row, look == "yes")))
    is_decided = run.audit["options"]["pass"] is not None
    for name in sorted(by_centre, key=lambda name: (not name, dictionary_order(name))):
        people = sorted(by_centre[name], key=lambda one: dictionary_order(one.candidate_id))
        n_passed = sum(one.decision == "pass" for one in people)
        passed = proportion(n_passed, len(people)) if is_decided else None
        yield Centre(name, tuple(people), passed, sum(one.second_look for one in people))


# ── corrections ──────────────────────────────────────────────────────────────────────────────


def _corrected(run: ScoredRun, compared: ComparedRuns) -> Corrected:
    rows = compared.comparison.rows
    names = dict(run.candidates.select("candidate_id", "name").rows())
    moved = [_moved(row, names) for row in rows.iter_rows(named=True)]
    moved.sort(key=lambda one: one.decision_before == one.decision_after)
    return Corrected(compared.before, compared.after, compared.causes, compared.comparison, tuple(moved))


def _moved(row: Mapping[str, Any], names: Mapping[str, str]) -> Moved:
    return Moved(
        row["candidate_id"],
        names.get(row["candidate_id"], ""),
        row["score_before"],
        row["score_after"],
        row["decision_before"] or "",
        row["decision_after"] or "",
        row["criteria"] or "",
    )


# ── signals and items ────────────────────────────────────────────────────────────────────────


def _signals(table: pl.DataFrame) -> Iterator[SignalSeen]:
    by_number: dict[str, list[Mapping[str, str]]] = {}
    for row in table.iter_rows(named=True):
        by_number.setdefault(row["signal"], []).append(row)
    for number, rows in by_number.items():
        who = tuple((row["candidate_id"], row["form"], row["room"]) for row in rows)
        first = rows[0]
        yield SignalSeen(number, first["kind"], first["seen_th"], first["seen_en"], who)


def _items(run: ScoredRun, analysis: Document) -> ItemSummary:
    same = analysis.get("run") == run.run and analysis.get("fingerprint") == run.fingerprint
    return ItemSummary(
        same,
        int(analysis["n_items"]),
        int(analysis.get("n_examined", analysis["n_items"])),
        int(analysis.get("min_n", 0)),
        int(analysis.get("n_fully_examined", analysis.get("n_examined", analysis["n_items"]))),
        int(analysis.get("min_n_fully", 0)),
        tuple(analysis["forms"]),
        tuple(analysis["alarms"]),
        tuple(_flagged(analysis["items"])),
    )


def _flagged(items: Sequence[Document]) -> Iterator[FlaggedItem]:
    for row in items:
        flags = tuple(dict.fromkeys(flag["code"] for flag in row["flags"]))
        if flags:
            yield FlaggedItem(row["name"], row["pc"], row["n"], row["facility"], row["item_rest"], flags)
