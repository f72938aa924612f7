"""A scored run → `CommitteeBook`: what a committee needs to see when it signs the results.

All candidates by centre, those whose result corrections changed, signals, decisions near the cut score, the
ledger, and the findings of the item analysis if there is one. The book shows keys of corrected items, so it
is confidential.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from examgen.core.candidate_numbers import canonical_number
from examgen.core.exam.places import in_print
from examgen.core.models.field_types import Bilingual
from examgen.core.text.characters import LETTERS, printed_letters
from examgen.core.text.thai import dictionary_order
from examgen.core.words import Message, Pair
from examgen.rendering.parts import Proportion, proportion
from examgen.reports.cohort_report.report import CohortReport, cohort_report
from examgen.reports.decisions import RepeatedDecisions
from examgen.reports.fail_causes import FailCause, causes
from examgen.scoring.before_release import looks_in

if TYPE_CHECKING:
    from examgen.core.person_decisions import PersonDecision
    from examgen.scoring.compare import Compared, Comparison
    from examgen.scoring.scored_run import ScoredRun

Document = Mapping[str, Any]

MARKS = {
    "second_look": "†",
    "upheld": "=",
    "changed": "≠",
    "absent_but_scored": "‡",
    "not_on_roster": "§",
    "other_form": "#",
    "also_in_quarantine": "+",
    "signal": "¶",
    "synthetic": "*",
}
"""The marks of candidates in the list for signature, and their signs: a second look that is open, that upheld
the result or that changed it; discrepancies in unreconciled.csv that a scored candidate may have; a signal
that names them; a synthetic candidate among real ones."""
_NEAR_THE_CUT = frozenset(("second_look", "upheld", "changed"))


class ListedCandidate(NamedTuple):
    """A candidate in the list for signature, as in candidates.csv."""

    candidate_id: str
    name: str
    form: str
    score: str
    max_score: str
    percent: str
    decision: str
    marks: tuple[str, ...]
    """Keys of `MARKS`: what signers must know about the candidate."""
    cause: FailCause | None = None
    """Why the candidate did not pass; None for the others."""

    @property
    def second_look(self) -> bool:
        """Whether the total is within one standard error of the cut score."""
        return not _NEAR_THE_CUT.isdisjoint(self.marks)


class CentreCandidates(NamedTuple):
    """The candidates of a centre in the order of their ids; the name is empty if the centre is unknown."""

    name: str
    people: tuple[ListedCandidate, ...]
    passed: Proportion | None
    second_look: int


class MovedCandidate(NamedTuple):
    """A candidate whose result differs from the run before; values are None on a side without a row."""

    candidate_id: str
    name: str
    score_before: float | None
    score_after: float | None
    change: float | None
    """The difference in points, before they were rounded for the files."""
    decision_before: str
    decision_after: str
    criteria: str
    most_before: float | None
    most_after: float | None
    """The maximum score in each run."""


class Corrected(NamedTuple):
    """Differences from another scoring, and the candidates whose result changed, those with another decision
    first."""

    before: str
    after: str
    causes: tuple[str, ...]
    comparison: Comparison
    moved: tuple[MovedCandidate, ...]


class SignalSeen(NamedTuple):
    """A signal of signals.csv with the id and form of each candidate it names."""

    number: str
    kind: str
    seen: Pair
    rows: tuple[tuple[str, str], ...]

    @property
    def people(self) -> list[str]:
        """Each candidate's id with the form in parentheses."""
        return [f"{who} ({form})" for who, form in self.rows]


class FlaggedItem(NamedTuple):
    """An item that the analysis flagged for review, with its statistics."""

    item: str
    pc: str
    n: int
    facility: float | None
    item_rest: float | None
    flags: tuple[str, ...]
    asked: tuple[Document, ...] = ()
    """Form, question, and the options in their printed order."""


class ItemSummary(NamedTuple):
    """Findings of the item analysis. `is_of_run` tells whether it analysed this very scoring."""

    is_of_run: bool
    n_items: int
    n_examined: int
    """The number of items taken by enough candidates (`min_n`) to be examined at all."""
    min_n: int
    n_fully_examined: int
    """The number of items taken by `min_n_fully` candidates. For the others, only findings beyond chance are
    reported."""
    min_n_fully: int
    forms: tuple[Document, ...]
    alarms: tuple[Document, ...]
    flagged: tuple[FlaggedItem, ...]
    asked: Mapping[str, tuple[Document, ...]]
    """By item, where it was asked, as in `FlaggedItem.asked`."""
    subscores: tuple[Document, ...] = ()
    """Parts of the test and whether their scores add information to the total; empty if another scoring was
    analysed."""
    letters: str = LETTERS
    """The letters that the papers print before options."""


class CommitteeBook(NamedTuple):
    """Everything that the committee's book says; `cohort` has the ledger, the quarantine and the candidates
    near the cut score."""

    cohort: CohortReport
    centres: tuple[CentreCandidates, ...]
    why: tuple[FailCause | None, ...]
    """For each candidate in the order of the run, why they did not pass."""
    corrections: tuple[Document, ...]
    """As recorded in the audit: kind, form and question or item, key, reason, by, date."""
    decided: tuple[Document, ...]
    """Recorded decisions about rows: file, line, decision, reason, by, date."""
    persons: tuple[PersonDecision, ...]
    """The decisions about persons in the record of the sitting."""
    left_out: tuple[Document, ...]
    """What an earlier run had and this one leaves out deliberately: what, run, n, named."""
    corrected: Corrected | None
    """Compared with the run before; None if there is none."""
    by_key: Corrected | None
    """Compared with this run without its corrections; None if it has none or keeps no answers."""
    signals: tuple[SignalSeen, ...] | None
    """None if the answers were not examined for signals."""
    items: ItemSummary | None
    marked: Mapping[str, int]
    """The number of listed candidates with each mark of `MARKS`."""
    repeated: RepeatedDecisions | None
    """None if there is no pass rule, or if it was not estimated."""
    assessors: tuple[Message, ...] | None = None
    """Sentences on the agreement of assessors; None if nobody rated."""


def committee_book(
    run: ScoredRun,
    compared: Compared | None = None,
    analysis: Document | None = None,
    most_before: Mapping[str, float] | None = None,
    repeated: RepeatedDecisions | None = None,
    by_key: Compared | None = None,
    most_by_key: Mapping[str, float] | None = None,
) -> CommitteeBook:
    """Return the book of a run. `compared` compares it with the run before, and `most_before` has the maximum
    score of each candidate there. `by_key` and `most_by_key` are the same for the run without its
    corrections. `analysis` is the document of analysis.json; `repeated` estimates how often decisions would
    be the same on a parallel form."""
    marks, why = _marks(run), causes(run)
    letters = printed_letters(run.exam.blueprint.choices)
    by_signal: dict[str, list[Mapping[str, str]]] = {}
    for row in () if run.signals is None else run.signals.iter_rows(named=True):
        by_signal.setdefault(row["signal"], []).append(row)
    return CommitteeBook(
        cohort=cohort_report(run),
        centres=_centres(run, marks, why),
        why=why,
        corrections=tuple(in_print(one, letters) for one in run.audit.get("corrections") or ()),
        decided=tuple(run.audit.get("decided") or ()),
        persons=run.decisions,
        left_out=tuple(run.audit.get("left_out") or ()),
        corrected=None if compared is None else _corrected(run, compared, most_before or {}),
        by_key=None if by_key is None else _corrected(run, by_key, most_by_key or {}),
        signals=None
        if run.signals is None
        else tuple(
            SignalSeen(
                number,
                rows[0]["kind"],
                Bilingual(th=rows[0]["seen_th"], en=rows[0]["seen_en"]),
                tuple((row["candidate_id"], row["form"]) for row in rows),
            )
            for number, rows in by_signal.items()
        ),
        items=None if analysis is None else _items(run, analysis, letters),
        marked={mark: n for mark in MARKS if (n := sum(mark in own for own in marks))},
        repeated=repeated,
    )


def _marks(run: ScoredRun) -> list[tuple[str, ...]]:
    """Return the marks of each candidate, keys of `MARKS`, in the order of the run."""
    table, looks = run.candidates, looks_in(run.candidates, run.decisions)
    named: dict[str, Iterable[str]] = {
        "second_look": looks.open,
        "upheld": looks.upheld,
        "changed": looks.changed,
    }
    if 0 < run.n_synthetic < table.height:
        named["synthetic"] = table.filter(table["synthetic"] == "yes")["candidate_id"]
    if run.signals is not None:
        named["signal"] = run.signals["candidate_id"]
    if run.unreconciled is not None:
        odd = run.unreconciled
        named |= {
            what: odd.filter(odd["what"] == what)["candidate_id"] for what in MARKS if what in odd["what"]
        }
    known = {mark: frozenset(named.get(mark, ())) for mark in MARKS}
    return [tuple(mark for mark in MARKS if who in known[mark]) for who in table["candidate_id"]]


def _centres(
    run: ScoredRun, marks: Sequence[tuple[str, ...]], why: Sequence[FailCause | None]
) -> tuple[CentreCandidates, ...]:
    """Return the centres in natural order, as are the candidates of each. Candidates whose centre is unknown
    come last."""
    by_centre: dict[str, list[ListedCandidate]] = {}
    people = run.candidates.select("centre", *ListedCandidate._fields[:7]).iter_rows()
    for (centre, *own), of_candidate, cause in zip(people, marks, why, strict=True):
        by_centre.setdefault(centre, []).append(ListedCandidate._make((*own, of_candidate, cause)))
    is_decided = run.audit["options"]["pass"] is not None
    found = []
    for name in sorted(by_centre, key=lambda name: (not name, dictionary_order(name))):
        listed = sorted(by_centre[name], key=lambda one: dictionary_order(canonical_number(one.candidate_id)))
        passed = (
            proportion(sum(one.decision == "pass" for one in listed), len(listed)) if is_decided else None
        )
        second_look = sum(one.second_look for one in listed)
        found.append(CentreCandidates(name, tuple(listed), passed, second_look))
    return tuple(found)


def _corrected(run: ScoredRun, compared: Compared, most_before: Mapping[str, float]) -> Corrected:
    table = run.candidates.select("candidate_id", "name", "max_score")
    ids = compared.comparison.rows["candidate_id"]
    people = table.filter(table["candidate_id"].is_in(ids.implode())).rows()
    names = {who: name for who, name, _ in people}
    mosts = {who: float(most) for who, _, most in people}
    moved = [
        MovedCandidate(
            (who := row["candidate_id"]),
            names.get(who, ""),
            row["score_before"],
            row["score_after"],
            row["change"],
            row["decision_before"] or "",
            row["decision_after"] or "",
            row["criteria"] or "",
            most_before.get(who),
            mosts.get(who),
        )
        for row in compared.comparison.rows.iter_rows(named=True)
    ]
    moved.sort(key=lambda one: one.decision_before == one.decision_after)
    return Corrected(compared.before, compared.after, compared.causes, compared.comparison, tuple(moved))


def _items(run: ScoredRun, analysis: Document, letters: str) -> ItemSummary:
    same = analysis.get("run") == run.run and analysis.get("fingerprint") == run.fingerprint
    n_examined = int(analysis.get("n_examined", analysis["n_items"]))
    asked = {one["name"]: tuple(one.get("asked") or ()) for one in analysis["items"]}
    flagged = []
    for row in analysis["items"]:
        if flags := tuple(dict.fromkeys(flag["code"] for flag in row["flags"])):
            numbers = row["n"], row["facility"], row["item_rest"]
            flagged.append(FlaggedItem(row["name"], row["pc"], *numbers, flags, asked[row["name"]]))
    return ItemSummary(
        is_of_run=same,
        n_items=int(analysis["n_items"]),
        n_examined=n_examined,
        min_n=int(analysis.get("min_n", 0)),
        n_fully_examined=int(analysis.get("n_fully_examined", n_examined)),
        min_n_fully=int(analysis.get("min_n_fully", 0)),
        forms=tuple(analysis["forms"]),
        alarms=tuple(analysis["alarms"]),
        flagged=tuple(flagged),
        asked=asked,
        subscores=tuple(analysis.get("subscores", ())) if same else (),
        letters=letters,
    )
