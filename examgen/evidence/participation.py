"""Records of an exam → the parts that people had in it, as far as rules on conflicts of interest need them:
who wrote and approved its items, set its cut score, invigilated, assessed, decided and released. Names are
kept as they were written.

The sources are the reviews and the provenance of the exam's items in the bank, the plan of the sitting and
its record, the files that people added and their decisions, the releases, and the trainers of candidates.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, Literal, NamedTuple, TypeVar

import numpy as np

from examgen.bank.provenance import provenance_of
from examgen.bank.reviews.statuses import REVIEWS_FILE, Review, approval
from examgen.bank.texts import read_records
from examgen.bank.workspaces import find_workspace
from examgen.capture.cells import fold
from examgen.capture.centre_returns import CentreReturns
from examgen.capture.method_results import read_method_results
from examgen.capture.ratings import read_moderations, sound_ratings
from examgen.core.candidate_numbers import canonical_number
from examgen.core.exam.names import CANDIDATES_CSV, RECORD, RESULTS, SITTING
from examgen.core.exam.package import read_package
from examgen.core.exam.releases import all_releases
from examgen.core.exam.runs import newest_run
from examgen.core.files import read_input
from examgen.core.models.decisions import DECISION_KINDS
from examgen.core.models.field_types import Model
from examgen.core.models.form import Exam
from examgen.core.models.sitting import STAFF_ROLE_WORDS, SittingPlan, StaffRole
from examgen.core.person_names import persons_in
from examgen.core.problems import Refused
from examgen.core.register import TRAINER
from examgen.core.responses import table as response_table
from examgen.core.tables.records import visible
from examgen.core.words import Message, tell
from examgen.core.yamlfile import parse
from examgen.scanning.gallery.commands import DECISIONS, read_decisions
from examgen.scoring.assessing.reading import forms_assessed
from examgen.scoring.counted_key import KeyOfRun
from examgen.scoring.method_results import held_files, methods_asked
from examgen.scoring.recorded_decisions import read_records as read_decision_files
from examgen.scoring.sitting_events import events_of
from examgen.scoring.sitting_folder import (
    CORRECTIONS,
    CUT,
    IDENTITIES,
    MARKS,
    ROSTER,
    Sitting,
    file_shown,
    sitting_of,
)
from examgen.scoring.sitting_plan import PLAN, plan_of
from examgen.scoring.sitting_record import MODERATION, files_held
from examgen.sitting import roster

PartRole = StaffRole | Literal["trainer"]
PART_ROLE_WORDS: dict[PartRole, Message] = {"trainer": tell("trainer")}
PART_ROLE_WORDS.update(STAFF_ROLE_WORDS.items())
Deed = Literal[
    "drafted",
    "approved",
    "trained",
    "invigilated",
    "checked-identity",
    "gave-accommodation",
    "assessed",
    "moderated",
    "gave",
    "decided-row",
    "decided-mark",
    "corrected",
    "scored",
    "set-cut",
    "decided",
    "confirmed",
    "handled-case",
    "released",
]
DEED_WORDS: Mapping[Deed, Message] = {
    "drafted": tell("drafted"),
    "approved": tell("approved"),
    "trained": tell("trained"),
    "invigilated": tell("invigilated"),
    "checked-identity": tell("checked the identity of"),
    "gave-accommodation": tell("gave accommodation to"),
    "assessed": tell("assessed"),
    "moderated": tell("moderated the points of"),
    "gave": tell("submitted files"),
    "decided-row": tell("decided on a row"),
    "decided-mark": tell("decided on marks"),
    "corrected": tell("corrected the key"),
    "scored": tell("took part in the scoring"),
    "set-cut": tell("set the cut score"),
    "decided": tell("decided on"),
    "confirmed": tell("confirmed a decision on"),
    "handled-case": tell("read or decided in a case"),
    "released": tell("released"),
}
"""The phrase for each deed, to be followed by its object."""
SCORED: frozenset[Deed] = frozenset(
    ("moderated", "gave", "decided-row", "decided-mark", "corrected", "scored", "set-cut")
)
"""The deeds that count as taking part in the scoring. A person who did one must not release."""
_GIVEN_TO_SCORE = frozenset(
    (
        *("answers", "ratings", "scan", "gallery", "columns", "roster", "identities", "marks"),
        *("corrections", "cut", "scaled", "moderation"),
    )
)


class PartTaken(NamedTuple):
    """One part that a person had: the role, the deed, its object, and where it is recorded."""

    person: str
    role: PartRole
    deed: Deed
    on: str
    """The item, room, candidate, file or run."""
    where: str
    """The file and line of the record."""
    day: str = ""
    """The day in ISO 8601, if known."""
    candidates: tuple[str, ...] = ()
    """The candidates concerned, by their numbers as written."""
    alone: bool = True
    """For an approval, a decision or a release: whether nobody else is named with it."""
    number: int = 0
    """For an act of the record of the sitting, its number; for a release, the number of the last act before
    it."""

    def as_dict(self) -> dict[str, Any]:
        """Return the part for JSON."""
        hidden = ("alone", "number")
        said = {name: value for name, value in self._asdict().items() if name not in hidden}
        return {**said, "candidates": list(self.candidates)}


R = TypeVar("R", bound=Model)
Row = tuple[str, int]
"""An answer file, by the name that decisions use, and a line."""


class SittingSources:
    """The package of an exam, its sitting and its workspace. Each is read once, and only if needed."""

    def __init__(self, exam_dir: Path, workspace: Path | None = None) -> None:
        self.exam_dir = exam_dir
        self.workspace = workspace if workspace is not None else find_workspace(exam_dir.resolve())

    @cached_property
    def exam(self) -> Exam:
        """The exam as it was built."""
        return read_package(self.exam_dir).exam

    @cached_property
    def sitting(self) -> Sitting:
        """The sitting of the exam."""
        return sitting_of(self.exam_dir)

    @cached_property
    def acts(self) -> tuple[Any, ...]:
        """The record of the sitting."""
        return self.sitting.acts(files=False)

    @cached_property
    def plan(self) -> SittingPlan | None:
        """The plan of the sitting."""
        return plan_of(self.exam_dir)

    @cached_property
    def events(self) -> CentreReturns:
        """The events that centres reported."""
        if not self.sitting.returns:
            return CentreReturns()
        return events_of(self.sitting, read_package(self.exam_dir))

    @property
    def day(self) -> str:
        """The day of the sitting according to its plan; empty without a plan."""
        return "" if self.plan is None else self.plan.date.isoformat()

    @cached_property
    def people(self) -> Sequence[roster.Person]:
        """The roster, or the list for which booklets were printed."""
        return roster.people(self.sitting)

    @cached_property
    def has_trainers(self) -> bool:
        """Whether the roster has a column of trainers."""
        path = self.sitting.given(ROSTER) or self.exam_dir / CANDIDATES_CSV
        if not path.is_file():
            return False
        with path.open("rb") as file:
            return TRAINER.encode() in file.readline()


def parts_of(sources: SittingSources, *, by_candidate: bool = False) -> tuple[PartTaken, ...]:
    """Return the part of everybody who had one in a sitting. With `by_candidate`, invigilators are listed
    with the candidates of their room even if no trainers are known. Raises Refused if a file cannot be
    read."""
    return tuple(part for source in _SOURCES for part in source(sources, by_candidate))


def _each(text: str, **said: Any) -> Iterator[PartTaken]:
    """Yield a part for every person named in a text."""
    names = persons_in(text)
    for name in names:
        yield PartTaken(person=name, **{"alone": len(names) == 1, **said})


# ── the bank ─────────────────────────────────────────────────────────────────────────────────


def _of_items(sources: SittingSources, by_candidate: bool) -> Iterator[PartTaken]:
    exam, bank = sources.exam, sources.workspace / "item_bank"
    printed: dict[str, set[str]] = {}
    for form in exam.forms:
        for one in form.items:
            printed.setdefault(one.unit, set()).add(one.item.id)
    # an approval is of an instrument as a whole
    named = {task: one.id for one in exam.instruments for task in (task.id for task in one.tasks)}
    for origin in provenance_of(bank, exam):
        if origin.provenance is not None:
            file = "instruments" if origin.kind == "instrument" else "provenance.yaml"
            day = origin.provenance.day.isoformat() if origin.provenance.day is not None else ""
            said: dict[str, Any] = {"on": origin.id, "where": f"{origin.unit}/{file}", "day": day}
            yield from _each(origin.provenance.drafted_by, role="writer", deed="drafted", **said)
    for code, items in printed.items():
        own = {named.get(item, item) for item in items}
        history, line_of = _records(bank / code, REVIEWS_FILE, Review)
        standing = {id(found) for item in own if (found := approval(item, history)) is not None}
        for n, review in enumerate(history):
            if review.item not in own:
                continue
            said = {"on": review.item, "where": line_of(n), "day": review.date.isoformat()}
            if review.after == "approved" and id(review) in standing:
                yield from _each(review.by, role="reviewer", deed="approved", **said)


def _records(folder: Path, name: str, model: type[R]) -> tuple[tuple[R, ...], Callable[[int], str]]:
    """Return the records of a file of a unit, and a function that gives the place of each in the file."""
    path, source = folder / name, f"{folder.name}/{name}"
    if not path.is_file():
        return (), str
    data = read_input(path)
    found, problems = read_records(data, source, model)
    if problems:
        raise Refused.because("{name} cannot be read", problems, name=source)
    document, _ = parse(data.decode("utf-8-sig"), source)
    return found, lambda n: document.at([n])


# ── the sitting ──────────────────────────────────────────────────────────────────────────────


def _of_plan(sources: SittingSources, by_candidate: bool) -> Iterator[PartTaken]:
    plan = sources.plan
    if plan is None:
        return
    path = sources.exam_dir / SITTING / PLAN
    document, _ = parse(read_input(path).decode("utf-8-sig", "replace"), PLAN)
    seated: dict[tuple[str, str], list[str]] = {}
    if by_candidate or sources.has_trainers:
        only = plan.centres[0].name if len(plan.centres) == 1 else ""
        for person in sources.people:
            at = (fold(person.centre or only), fold(person.room))
            seated.setdefault(at, []).append(person.candidate_id)
    for n, centre in enumerate(plan.centres):
        for k, room in enumerate(centre.rooms):
            where = document.at(["centres", n, "rooms", k, "invigilators"])
            inside = tuple(seated.get((fold(centre.name), fold(room.name)), ()))
            for name in room.invigilators:
                on = f"{centre.name} / {room.name}"
                yield from _each(
                    name,
                    role="invigilator",
                    deed="invigilated",
                    on=on,
                    where=where,
                    day=sources.day,
                    candidates=inside,
                )


def _of_returns(sources: SittingSources, by_candidate: bool) -> Iterator[PartTaken]:
    events, day = sources.events, sources.day
    here: dict[str, Any] = {"role": "invigilator"}
    for one in events.attendance:
        about = {"on": one.candidate_id, "candidates": (one.candidate_id,), "where": one.source, "day": day}
        yield from _each(one.checked_by, deed="checked-identity", **here, **about)
    for given in events.accommodation:
        about = {"on": given.candidate_id, "candidates": (given.candidate_id,), "day": day}
        yield from _each(given.given_by, deed="gave-accommodation", where=given.source, **here, **about)


def _of_trainers(sources: SittingSources, by_candidate: bool) -> Iterator[PartTaken]:
    if not sources.has_trainers:
        return
    file = ROSTER if sources.sitting.given(ROSTER) is not None else CANDIDATES_CSV
    for n, person in enumerate(sources.people):
        if person.trainer:
            yield from _each(
                person.trainer,
                role="trainer",
                deed="trained",
                on=person.candidate_id,
                where=f"{file}:{n + 2}",
                candidates=(person.candidate_id,),
            )


def _of_assessors(sources: SittingSources, by_candidate: bool) -> Iterator[PartTaken]:
    place = sources.sitting.place
    held = [act.file for act in files_held(sources.acts).values() if act.kind == "ratings"]
    rated, problems = sound_ratings([(file, read_input(place / file)) for file in held])
    if problems:
        raise Refused.because("the ratings cannot be read", problems)
    first: dict[tuple[str, str], PartTaken] = {}
    for row in rated:
        key = row.assessor, canonical_number(row.candidate_id)
        if key not in first:
            day = row.day.isoformat() if row.day is not None else sources.day
            for part in _each(
                row.assessor,
                role="assessor",
                deed="assessed",
                on=row.candidate_id,
                where=f"{row.file}:{row.line}",
                day=day,
                candidates=(row.candidate_id,),
            ):
                first[key] = part
                yield part
    if sources.exam.other_methods:
        asked = methods_asked(sources.exam)
        for path in held_files(sources.exam_dir):
            for n, one in enumerate(read_method_results(path.name, read_input(path), asked)):
                if one.result != "absent":
                    yield from _each(
                        one.assessor,
                        role="assessor",
                        deed="assessed",
                        on=f"{one.candidate_id} ({one.method})",
                        where=f"methods/{path.name}, {n + 1}",
                        day=one.day,
                        candidates=(one.candidate_id,),
                    )
    if moderations := sources.sitting.moderations:
        forms = forms_assessed(read_package(sources.exam_dir))
        tasks = {one.task: one.anchors for of_form in forms.values() for one in of_form}
        for path in moderations:
            for each in read_moderations(f"{MODERATION}/{path.name}", read_input(path), tasks):
                yield from _each(
                    each.by,
                    role="decider",
                    deed="moderated",
                    on=f"{each.candidate_id} ({each.task})",
                    where=each.source,
                    day=each.day,
                    candidates=(each.candidate_id,),
                )


def _of_graders(sources: SittingSources, by_candidate: bool) -> Iterator[PartTaken]:
    sitting = sources.sitting
    if not sources.acts and not sitting.place.is_dir():
        return
    for scan in sitting.scans:
        for n, one in enumerate(read_decisions(scan)):
            is_identity = one.question == 0
            at = f"{one.source}:{one.page}"
            yield from _each(
                one.by,
                role="grader",
                deed="decided-row" if is_identity else "decided-mark",
                on=at if is_identity else f"{at}, {one.question}",
                where=f"scans/{scan.name}/{DECISIONS}:{n + 2}",
                day=one.day,
                candidates=(one.decided,) if is_identity and one.decided.strip("-?") else (),
            )
    made = read_decision_files(
        read_package(sources.exam_dir),
        sitting.answers,
        [path for path in (sitting.given(IDENTITIES),) if path is not None],
        [path for path in (sitting.given(MARKS),) if path is not None],
        sitting.given(CORRECTIONS),
        cut=sitting.given(CUT),
        first_holds=True,
    )
    decided = made.grader_decisions
    rows = _candidates_of_rows(
        sources,
        {
            (file, line)
            for some in (decided.identities, decided.repairs)
            for file in some
            for line in some[file]
        },
    )
    for file, of_file in decided.identities.items():
        for line, row in of_file.items():
            who = row.candidate_id or rows.get((file, line), "")
            said = {"on": f"{file}:{line}", "where": _below(sitting, row.source), "day": row.date}
            candidates = (who,) if who else ()
            yield from _each(row.by, role="grader", deed="decided-row", candidates=candidates, **said)
    for file, of_rows in decided.repairs.items():
        for line, repairs in of_rows.items():
            for repair in repairs:
                who = rows.get((file, line), "")
                yield from _each(
                    repair.by,
                    role="grader",
                    deed="decided-mark",
                    on=f"{file}:{line}, {repair.question}",
                    where=_below(sitting, repair.source),
                    day=repair.date,
                    candidates=(who,) if who else (),
                )
    for correction in made.corrections:
        on = correction.item or f"{correction.form}:{correction.question}"
        day = correction.date.isoformat()
        yield from _each(correction.by, role="grader", deed="corrected", on=on, where=CORRECTIONS, day=day)
    if made.cut is not None:
        day = made.cut.date.isoformat()
        yield from _each(made.cut.by, role="decider", deed="set-cut", on=CUT, where=CUT, day=day)


def _below(sitting: Sitting, source: str) -> str:
    """Return a file and line relative to the folder of the sitting."""
    return source.removeprefix(f"{visible(str(sitting.place))}/")


def _candidates_of_rows(sources: SittingSources, wanted: Collection[Row]) -> dict[Row, str]:
    """Return the candidates of rows of the answer files, by file and line, as the newest run assigns them."""
    run = newest_run(sources.exam_dir / RESULTS) if wanted else None
    path = None if run is None else run.folder / response_table.NAME
    if run is None or path is None or not path.is_file():
        return {}
    inputs = [Path(str(one["file"])) for one in run.audit.get("inputs") or ()]
    known, files = file_shown(inputs), response_table.files_of(path)
    found: dict[Row, str] = {}
    for rows in response_table.read_rows(path, KeyOfRun(sources.exam_dir, run).number):
        shown = files[rows.file]
        name = known.get(shown, shown)
        lines = [line for file, line in wanted if file in (shown, name)]
        for n in np.flatnonzero(np.isin(rows.line, lines)).tolist() if lines else ():
            for file in (shown, name):
                found[file, int(rows.line[n])] = rows.ids[n].decode()
    return found


def _of_record(sources: SittingSources, by_candidate: bool) -> Iterator[PartTaken]:
    of_case: dict[str, tuple[str, ...]] = {}
    for act in sources.acts:
        said: dict[str, Any] = {"where": f"{RECORD}:{act.n}", "number": act.n, "on": act.name}
        said["day"] = act.date or act.time[:10]
        if act.kind in ("person", "proposed"):
            is_appeal = act.act in _APPEALS
            role: StaffRole = "case_officer" if is_appeal else "decider"
            said |= {"role": role, "candidates": (act.name,)}
            for part in _each(act.by, deed="handled-case" if is_appeal else "decided", **said):
                yield part._replace(alone=part.alone and not act.confirmed_by)
            # a person who confirmed by an act of their own answered somebody else's proposal
            deed: Deed = "handled-case" if is_appeal else "confirmed"
            if is_appeal or act.confirms:
                yield from _each(act.confirmed_by, deed=deed, **{**said, "alone": False})
        elif act.kind == "case":
            details: Mapping[str, Any] = getattr(act, "details", None) or {}
            if who := str(details.get("candidate_id") or ""):
                of_case[act.name] = (who,)
            if act.act in _JUDGES_A_CASE:
                said |= {"role": "case_officer", "deed": "handled-case"}
                said["candidates"] = of_case.get(act.name, ())
                yield from _each(act.by, **said)
                yield from _each(act.confirmed_by, **{**said, "alone": False})
        elif act.kind in _GIVEN_TO_SCORE:
            yield from _each(act.by, role="grader", deed="gave", **{**said, "on": act.file})


_APPEALS = frozenset(name for name, kind in DECISION_KINDS.items() if kind.about == "appeal")
_JUDGES_A_CASE = ("case-reading", "case-decided")
"""Acts of a case that only a person may do who had no part in its subject."""


def _of_releases(sources: SittingSources, by_candidate: bool) -> Iterator[PartTaken]:
    for one in all_releases(sources.exam_dir / RESULTS):
        yield from release_parts(
            str(one.said["by"]),
            one.run,
            f"{RECORD}:{one.n_act}",
            str(one.said.get("date") or ""),
            one.n_act - 1,
        )


def release_parts(by: str, run: int, where: str, day: str = "", n_acts: int = 0) -> Iterator[PartTaken]:
    """Yield the part of each person who releases a run, or is about to."""
    yield from _each(by, role="decider", deed="released", on=f"{run}", where=where, day=day, number=n_acts)


Source = Callable[[SittingSources, bool], Iterable[PartTaken]]
_SOURCES: tuple[Source, ...] = (
    _of_items,
    _of_plan,
    _of_returns,
    _of_trainers,
    _of_assessors,
    _of_graders,
    _of_record,
    _of_releases,
)
