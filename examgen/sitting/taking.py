"""Files that people add to a sitting → its folder: recognised by content, checked, stored, recorded.

A table contains answers, results of other methods of assessment, returns of a centre, decisions on rows or
marks, decisions saved by the gallery of a scan, or a roster. YAML contains corrections of the key, a cut, a
conversion or columns. A folder was written by `scan`, or contains tables, or scans to be read. Tables and
YAML files that are added together are all stored, or none is. Files that are replaced or removed stay in
`earlier/`.
"""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

from examgen.capture.answer_files import recognise
from examgen.capture.answer_layout import ReadingOptions
from examgen.capture.cells import question_number
from examgen.capture.centre_returns import CentreReturns, is_returns
from examgen.capture.columns import OTHER_SIZES
from examgen.capture.decision_files import kind_of_decisions
from examgen.capture.declared_columns import headed_ways
from examgen.capture.list_columns import recognised_list
from examgen.capture.method_results import is_method_list, is_of_assessors, read_method_results
from examgen.capture.ratings import is_moderation
from examgen.core.candidate_numbers import canonical_number
from examgen.core.changes import FileChange, change, changing
from examgen.core.exam.manifest import is_rated
from examgen.core.exam.names import RESULTS
from examgen.core.exam.package import read_exam, read_package
from examgen.core.exam.releases import all_releases
from examgen.core.files import (
    PRIVATE,
    PRIVATE_FOLDER,
    Progress,
    check_regular,
    named,
    quiet,
    read_input,
    sha256,
    sha256_of,
)
from examgen.core.models.decisions import DECISION_KINDS
from examgen.core.models.standard import METHODS as METHODS_SAID
from examgen.core.other_methods import MethodResult
from examgen.core.person_decisions import waivers
from examgen.core.problems import ExamgenError, Problem, Refused, WrongUsage, system_words
from examgen.core.tables.records import Table
from examgen.core.words import Message, either, joined, listed, option, tell, tell_n
from examgen.core.yamlfile import read_document
from examgen.scanning.folder import SCAN
from examgen.scanning.gallery.commands import RecordedDecisions, read_decisions, scan_of
from examgen.scanning.gallery.decision_files import decision_columns
from examgen.scanning.input.page_image import PageFault
from examgen.scanning.input.sources import kind_of_file
from examgen.scoring.exam_layout import columns_file, printed_layout
from examgen.scoring.method_results import held_files, merged, methods_asked
from examgen.scoring.options import FileKind, Unreadable
from examgen.scoring.score import check_answers
from examgen.scoring.sitting_events import held_returns
from examgen.scoring.sitting_folder import (
    COLUMNS,
    CORRECTIONS,
    CUT,
    IDENTITIES,
    MARKS,
    ROSTER,
    SCALED,
    Sitting,
    children,
    plain_name,
)
from examgen.scoring.sitting_plan import PLAN, faults_of_list, plan_of, read_plan
from examgen.scoring.sitting_record import (
    ANSWERS,
    AS_GIVEN,
    METHODS,
    RESPONSES,
    RETURNS,
    REVIEW,
    SCANS,
    FileActName,
    SittingAct,
    copy_closed,
    digest_of,
    file_act,
    files_held,
    on_record_digest,
    put_aside,
    put_on_record,
    read_acts,
)
from examgen.sitting import returned, roster, scans, worklist
from examgen.sitting.assessing import check_assessing
from examgen.sitting.correcting import check_corrections
from examgen.sitting.preview import check_table, tables_of
from examgen.sitting.rules import check_rule

_MOST_NAMED = 20
"""The maximum number of candidates named in a message."""
KIND_WORDS: Mapping[str, Message] = {
    "answers": tell("answers"),
    "scan": tell("a scan"),
    "pages": tell("scans to read"),
    "gallery": tell("decisions from a gallery"),
    "roster": tell("roster and attendance"),
    "identities": tell("decisions on rows"),
    "marks": tell("decisions on marks"),
    "corrections": tell("corrections of the key"),
    "cut": tell("cut scores"),
    "scaled": tell("a conversion to scaled scores"),
    "columns": tell("assignment of columns"),
    "methods": tell("results of other methods"),
    "plan": tell("the plan of the sitting"),
    "ratings": tell("ratings of assessors"),
    "moderation": tell("moderated points"),
    "returns": tell("a return from a centre"),
    "case-file": tell("a file for an appeal or a complaint"),
}
"""The kinds of files of a sitting, in words for people."""
_OF_ASSESSORS: tuple[FileKind, ...] = ("ratings", "moderation")
"""The kinds of files for exams rated by assessors only."""
_PLACES: Mapping[FileKind, str] = {
    "roster": ROSTER,
    "identities": IDENTITIES,
    "marks": MARKS,
    "corrections": CORRECTIONS,
    "cut": CUT,
    "scaled": SCALED,
    "columns": COLUMNS,
    "plan": PLAN,
}
"""The file names of kinds that a sitting has only one file of."""
_TABLES = frozenset((".csv", ".tsv", ".txt", ".gz", ".xlsx", ".parquet"))
"""The suffixes of files with tables."""


class Given(NamedTuple):
    """A file or folder that somebody adds, with the kind that was recognised."""

    path: Path
    name: str
    kind: FileKind


class Taken(NamedTuple):
    """The result of adding a file. The act is `known` if the sitting already has the same file, byte for
    byte."""

    given: Given
    act: FileActName
    file: str
    n: int | None = None
    """The number of candidates of a roster, or of new decisions; None if nothing was counted."""
    n_anew: int = 0
    """The number of decisions that replaced earlier ones."""
    n_ended: int = 0
    """The number of decisions on rows that ended because the rows differ in the file that replaced an earlier
    one."""
    read: scans.Read | None = None
    """The result of reading scans."""
    decided: RecordedDecisions | None = None
    """The decisions recorded from the gallery of a scan; only with the first of its files."""

    @property
    def needs_attention(self) -> bool:
        """Whether something was set aside or is in doubt, or people decided differently."""
        return any(one is not None and one.needs_attention for one in (self.read, self.decided))


@contextmanager
def on_record(sitting: Sitting, by: str) -> Iterator[None]:
    """Record the files that a page itself writes and of which a sitting has only one, such as decisions on
    rows, attendance or corrections, if they change within the context. The caller has locked the folder."""

    def digests() -> dict[str, str]:
        return {name: sha256_of(path) for name in _PLACES.values() if (path := sitting.given(name))}

    before = digests()
    yield
    now, held, new = digests(), files_held(read_acts(sitting.place)), list[dict[str, Any]]()
    for kind, name in _PLACES.items():
        digest = on_record_digest(sitting.place, kind, now.get(name, ""))
        is_on_record = name in held and held[name].sha256 == digest
        if before.get(name) == now.get(name) or is_on_record or (name not in now and name not in held):
            continue
        act: FileActName = "taken-back" if name not in now else "replaced" if name in before else "taken"
        said = {
            "act": act,
            "kind": kind,
            "file": name,
            "name": name,
            "sha256": before.get(name, ""),
            "size": 0,
        }
        new.append(file_act(act, kind, name, name, sitting.path(name)) if name in now else said)
    if new:
        with change(sitting.place, PRIVATE_FOLDER) as one:
            put_on_record(sitting.place, one, new, by)


# ── what it is ───────────────────────────────────────────────────────────────────────────────


def files_of(path: Path) -> list[Path]:
    """Return the files of a folder of tables, such as one with the answers of each centre; otherwise the path
    itself."""
    if not path.is_dir():
        return [path]
    found = sorted(one for one in path.iterdir() if not one.name.startswith("."))
    is_of_tables = all(one.is_file() and one.suffix.lower() in _TABLES for one in found)
    return found if found and is_of_tables and not (path / SCAN).is_file() else [path]


def understood(sitting: Sitting, path: Path, kind: FileKind | None = None) -> Given:
    """Return the kind of a file or folder, recognised by its content or as given. Raises Refused if the kind
    is unknown, WrongUsage if the file does not exist."""
    name = plain_name(path.name or path.resolve().name)
    if not path.exists():
        raise WrongUsage.because("{path} does not exist. Give a file or a folder", path=path)
    try:
        check_regular(path)
    except OSError as error:
        raise WrongUsage.because("{path}: {why}", path=path, why=system_words(error)) from None
    if kind is not None:
        return Given(path, name, kind)
    if path.is_dir():
        if (path / SCAN).is_file():
            return Given(path, name, "scan")
        return Given(path, name, "pages")
    try:
        if kind_of_file(path) != "zip":
            return Given(path, name, "pages")
    except PageFault:
        pass
    if path.suffix.lower() in (".yaml", ".yml"):
        return Given(path, name, _yaml_kind(path, name))
    try:
        tables = tables_of(path, name)
    except ExamgenError:
        if path.suffix.lower() == ".zip":  # no workbook: pictures
            return Given(path, name, "pages")
        raise
    return Given(path, name, _table_kind(sitting, path, name, tables))


def _yaml_kind(path: Path, name: str) -> FileKind:
    data = read_document(path, tell("the file")).data
    first = data[0] if isinstance(data, list) and data else data
    fields = set(first) if isinstance(first, dict) else set()
    if fields & {"date", "centres", "begins", "accommodation"} and "kind" not in fields:
        return "plan"
    if {"kind", "reason"} <= fields:
        return "corrections"
    if {"fingerprint", "forms"} <= fields:
        return "cut"
    if fields & {"questions", "candidate_id", "answers", "heading", "files"}:
        return "columns"
    if fields & {"table", "slope", "source", "forms", "intercept", "linear"}:
        return "scaled"
    message = tell(
        "is not recognised as corrections of the key, cut scores, a conversion or columns. "
        "Choose its kind with {kind}",
        kind=option("as"),
    )
    raise Refused.because(
        "{name} is not a kind of file for a sitting", [Problem(name, "unknown-kind", message)], name=name
    )


def _table_kind(sitting: Sitting, path: Path, name: str, tables: Sequence[Table]) -> FileKind:
    """Return the kind of a table by its headings; a list of candidates without marks is a roster."""
    if is_rated(read_package(sitting.exam).manifest):
        ways = [way for table in tables for way in headed_ways(table)]
        if any(map(is_moderation, ways)):
            return "moderation"
        if any(map(is_of_assessors, ways)):
            return "ratings"
    if (kind := kind_by_headings(tables)) is not None:
        return kind
    layout = printed_layout(sitting.exam)
    reading = ReadingOptions(*sitting.options().reading, columns=columns_file(sitting.given(COLUMNS)))
    try:
        recognise(0, path, layout, name, reading)
    except Refused as refused:
        if any(map(_has_answers, tables)) or refused.problems[0].code in OTHER_SIZES:
            raise
        try:
            table, _ = recognised_list(name, read_input(path))
        except (Refused, UnicodeError):
            raise refused from None
        if is_of_assessors(table):
            message = tell("these are ratings of assessors, but this exam is not rated by assessors")
            raise Refused(
                joined((name, message), ": "), [Problem(name, "ratings-of-another-exam", message)]
            ) from None
        roster.register(sitting, name, read_input(path))
        return "roster"
    return "answers"


def _has_answers(table: Table) -> bool:
    """Return whether the headings of a table include numbered questions; those of a list of candidates do
    not."""
    return sum(question_number(cell) is not None and not cell.isdecimal() for cell in table.header.fields) > 1


def kind_by_headings(tables: Sequence[Table]) -> FileKind | None:
    """Return the kind that headings alone show, even below titles: decisions, results of other methods, or
    returns of centres."""
    if is_returns(tables):
        return "returns"
    for table in (way for one in tables for way in headed_ways(one)):
        if decision_columns(table):
            return "gallery"
        if is_method_list(table):
            return "methods"
        if (kind := kind_of_decisions(table)) is not None:
            return kind
    return None


# ── taking it ────────────────────────────────────────────────────────────────────────────────


def take(
    sitting: Sitting,
    given: Sequence[Given],
    by: str,
    reason: str = "",
    replace: bool = False,
    progress: Progress = quiet,
    but: Sequence[Problem] = (),
    unreadable: Unreadable = None,
    by_key: bool = True,
) -> list[Taken]:
    """Add files to the sitting and record them under the name of the person who adds them.

    A file that exists with different content is replaced only with `replace`; `but` are faults found earlier.
    `unreadable` is that option of a scoring; without `by_key`, answers are not checked as by a scoring,
    because its refusal may tell the key. Scans are read after everything else is stored. Raises Refused with
    every fault of every file, and stores nothing, if one of the tables or YAML files cannot be used.
    """
    sitting.place.mkdir(mode=PRIVATE_FOLDER, exist_ok=True)
    if is_rated(read_package(sitting.exam).manifest):
        given = [each._replace(kind="ratings") if each.kind == "answers" else each for each in given]
    pages = [one for one in given if one.kind == "pages"]
    with sitting.changing_answers():
        others = [one for one in given if one.kind != "pages"]
        taken = _kept(sitting, others, by, reason, replace or bool(but), but, unreadable, by_key)
    return [*taken, *([_scanned(sitting, pages, by, progress)] if pages else [])]


def _kept(
    sitting: Sitting,
    given: Sequence[Given],
    by: str,
    reason: str,
    replace: bool,
    but: Sequence[Problem],
    unreadable: Unreadable,
    by_key: bool,
) -> list[Taken]:
    """Store everything that need not be read first: files kept as they are or merged into the sitting's own,
    folders of scans, and decisions made in galleries."""
    first = len(read_acts(sitting.place)) + 1
    taken, of_scans, of_galleries = list[Taken](), list[Taken](), list[Taken]()
    new: list[dict[str, Any]] = []
    problems = [*but]
    own = [each for each in given if each.kind not in ("scan", "gallery")]
    galleries = [each for each in given if each.kind == "gallery"]
    answers = sitting.place / ANSWERS
    coming = [answers / _name_there(sitting, ANSWERS, each.name) for each in own if each.kind == "answers"]
    places: set[worklist.Place] = set()
    staged: dict[int, Path] = {}
    with ExitStack() as held, change(sitting.place, PRIVATE_FOLDER) as one:
        folders = {int(path.name): path for path in sitting.scans}
        for path in folders.values() if galleries else ():
            held.enter_context(changing(path))
        for each in (each for each in given if each.kind == "scan"):
            try:
                copied = _scan_copied(sitting, one, each, staged, reason)
            except Refused as refused:
                problems += refused.problems
                continue
            of_scans.append(copied.taken)
            new += copied.acts
        by_scan: dict[int, list[Given]] = {}
        for each in galleries:
            try:
                by_scan.setdefault(_scan_of({**folders, **staged}, each), []).append(each)
            except Refused as refused:
                problems += named(refused, {each.name: each.path}).problems
        for number, some in by_scan.items():
            is_new = number in staged
            folder, today = staged[number] if is_new else folders[number], date.today().isoformat()
            # namesakes by their paths
            often = Counter(each.name for each in some)
            names = [each.name if often[each.name] == 1 else str(each.path) for each in some]
            files = {name: each.path for name, each in zip(names, some, strict=True)}
            try:
                done = scans.stage_decisions(
                    one, folder, number, files, by, today, False, reason, is_new, worklist.places(sitting)
                )
            except Refused as refused:
                problems += refused.problems
                continue
            new += done.acts
            places |= done.places
            n_new = dict(zip(files, done.n_new_of, strict=True))
            decided = [done.recorded, *(None for _ in some[1:])]
            of_galleries += [
                Taken(
                    each,
                    "taken" if n_new[name] else "known",
                    f"{SCANS}/{number}/{REVIEW}",
                    n_new[name],
                    decided=recorded,
                )
                for name, each, recorded in zip(names, some, decided, strict=True)
            ]
        for each in own:
            try:
                number = first + len(new)
                kept = _one_kept(sitting, one, each, reason, replace, number, coming, own, places)
                if by_key and each.kind == "answers" and kept.act is not None:
                    _check_answers(sitting, each, own, unreadable)
            except Refused as refused:
                told = named(refused, {each.name: each.path})
                problems += told.problems or [Problem(each.name, "refused", told.message)]
                continue
            ended = set[worklist.Place]()
            if each.kind == "answers" and kept.taken.act == "replaced":
                ended = worklist.on_changed_rows(sitting, Path(kept.taken.file).name, each.path)
                places |= ended
            taken.append(kept.taken._replace(n_ended=len(ended)))
            new += [kept.act] if kept.act is not None else []
        if not problems:
            try:
                new += _attendance(sitting, one, own, first + len(new), reason, replace)
            except Refused as refused:
                problems += refused.problems
        targets = Counter(_PLACES.get(each.kind, each.name.casefold()) for each in own)
        problems += [
            Problem(each.name, "file-twice", _one_by_one(each.kind))
            for each in own
            if targets[_PLACES.get(each.kind, each.name.casefold())] > 1
        ]
        if problems:
            raise Refused.because("the files were not added", problems)
        number, but_for = first + len(new), {each.kind for each in own}
        aside = worklist.set_decisions_aside(sitting, one, places.__contains__, number, reason, but_for)
        new += aside.acts
        if of_galleries:
            of_galleries[0] = of_galleries[0]._replace(n_anew=aside.n)
        if new:
            put_on_record(sitting.place, one, new, by)
    return [*taken, *of_scans, *of_galleries]


class _Kept(NamedTuple):
    taken: Taken
    act: dict[str, Any] | None = None
    """The act to record; None if the file was already there."""


def _one_kept(
    sitting: Sitting,
    one: FileChange,
    given: Given,
    reason: str,
    replace: bool,
    number: int,
    coming: Sequence[Path],
    together: Sequence[Given],
    in_galleries: Collection[worklist.Place],
) -> _Kept:
    """Stage a file in the change. `number` is that of its act, `coming` are all answer files added,
    `together` all files added at once, `in_galleries` the decisions in galleries that are added with them."""
    n: int | None = None
    n_anew = 0
    data: bytes | None = None
    if given.kind in _OF_ASSESSORS and is_rated(read_package(sitting.exam).manifest):
        folder = AS_GIVEN[given.kind]
        target = sitting.place / folder / _name_there(sitting, folder, given.name)
        files = {
            kind: {path.name: path for path in sorted(children(sitting.path(AS_GIVEN[kind])))}
            | {each.name: each.path for each in together if each.kind == kind}
            | ({target.name: given.path} if kind == given.kind else {})
            for kind in _OF_ASSESSORS
        }
        n = check_assessing(sitting, target.name, *(list(some.items()) for some in files.values()))
    elif given.kind in _OF_ASSESSORS:
        message = tell("this exam is not rated by assessors. Add answers")
        raise Refused(message, [Problem(given.name, "not-rated", message)])
    elif given.kind == "answers":
        target = sitting.place / ANSWERS / _name_there(sitting, ANSWERS, given.name)
        if problems := check_table(given.path, given.name) if given.path.is_file() else []:
            raise Refused.because("{name} is not a table of answers", problems, name=given.name)
    elif given.kind == "methods":
        target = sitting.place / METHODS / _name_there(sitting, METHODS, given.name)
        beside = [each for each in together if each.kind == "methods" and each is not given]
        n = _check_methods(sitting, given, target, beside)
    elif given.kind == "returns":
        target = sitting.place / RETURNS / _name_there(sitting, RETURNS, given.name)
        n = _check_returns(sitting, given, target, together).n
    else:
        target = sitting.path(_PLACES[given.kind])
        if given.kind == "roster":
            data, n = roster.merged_list(sitting, given.name, read_input(given.path))
            if not replace:
                _check_roster(sitting, given, data)
            if (plan := plan_of(sitting.exam)) is not None:
                people = [(one.candidate_id, one.exam_room) for one in roster.read(sitting, ROSTER, data)]
                if problems := faults_of_list(plan, people):
                    raise Refused.because("the roster does not match the plan of the sitting", problems)
        elif given.kind in ("identities", "marks"):
            data, n, n_anew = worklist.merged(
                sitting, given.kind, given.name, read_input(given.path), coming, in_galleries
            )
        else:
            data = read_input(given.path)
            _check_kind(sitting, given, reason)
    file = target.relative_to(sitting.place).as_posix()
    act: FileActName = "taken"
    earlier = ""
    if target.exists():
        if digest_of(target) == (sha256(data) if data is not None else digest_of(given.path)):
            return _Kept(Taken(given, "known", file, n))
        act = "replaced"
        if given.kind in AS_GIVEN and not replace:
            message = tell(
                "a different file of this name is already in the sitting. Rename the new file, "
                "or replace the old one with {replace}",
                replace=option("replace"),
            )
            raise Refused(message, [Problem(given.name, "file-exists", message)])
        earlier = put_aside(sitting.place, one, target, number)
    staged = one.new(target)
    if data is None:
        copy_closed(given.path, staged)
    else:
        staged.write_bytes(data)
        staged.chmod(PRIVATE)
    said = file_act(act, given.kind, file, given.name, staged, reason, earlier)
    return _Kept(Taken(given, act, file, n, n_anew), said)


def _one_by_one(kind: FileKind) -> Message:
    """Return the reason why two files of a kind cannot be added together."""
    if kind in ("identities", "marks"):
        return tell("Take files of decisions one after the other. Each adds to those before.")
    return tell("The sitting has one file of this kind and name. Take one of the two.")


def _check_kind(sitting: Sitting, given: Given, reason: str) -> None:
    if given.kind == "corrections":
        check_corrections(sitting, given.path)
    elif given.kind == "plan":
        _check_plan(sitting, given, reason)
    elif given.kind in ("cut", "scaled"):
        check_rule(sitting, given.kind, given.path, given.name)
    elif given.kind == "columns":
        columns_file(given.path)


def _check_answers(sitting: Sitting, given: Given, together: Sequence[Given], unreadable: Unreadable) -> None:
    """Raise Refused with the faults for which a scoring would refuse answers, unless their columns are still
    to be assigned.
    """
    beside = {each.kind: each.path for each in together if each.kind in ("roster", "columns")}
    options = sitting.options(**beside, **({} if unreadable is None else {"unreadable": unreadable}))
    reading = ReadingOptions(*options.reading, columns=columns_file(options.columns))
    try:
        recognise(0, given.path, printed_layout(sitting.exam), given.name, reading)
    except Refused:
        return
    check_answers(sitting.exam, [given.path], options)


def _check_roster(sitting: Sitting, given: Given, data: bytes) -> None:
    """Raise Refused if a roster lacks candidates of the one that it would replace."""
    gone = roster.left_out(sitting, data)
    if not gone:
        return
    message = tell_n(
        "{n:,} candidate of the current roster is not on it: {who}. If this is intended, use "
        "{replace} and give the reason",
        "{n:,} candidates of the current roster are not on it: {who}. If this is intended, use "
        "{replace} and give the reason",
        len(gone),
        who=", ".join([*gone[:_MOST_NAMED], *(["…"] if len(gone) > _MOST_NAMED else [])]),
        replace=option("replace"),
    )
    raise Refused(message, [Problem(given.name, "leaves-out-candidates", message)])


def _check_methods(sitting: Sitting, given: Given, target: Path, beside: Sequence[Given]) -> int:
    """Return the number of results in a list. Raises Refused if it is not for this exam, or contradicts
    another list, stored or added with it (`beside`)."""
    exam = read_exam(sitting.exam)
    asked = methods_asked(exam)
    data = read_input(given.path)
    if not asked:
        message = tell("the standard requires no other assessment method at the level of this exam")
        raise Refused(message, [Problem(given.name, "method-not-asked", message)])
    known, waived = roster.known(sitting), waivers(sitting.decisions())

    def fault_of(one: MethodResult) -> tuple[str, Message] | None:
        number = canonical_number(one.candidate_id)
        if known and number not in known:
            message = tell(
                "{who} is on no list of this sitting and in no scored row",
                who=one.candidate_id,
            )
            return "unknown-candidate", message
        if exam.blueprint.all_methods is not None and one.result != "absent" and one.percent is None:
            message = tell(
                "its percentage counts, too, by the weight of the method. Add `percent`, or "
                "`points` and `max_points`"
            )
            return "percent-missing", message
        decision = waived.get((number, one.method))
        if decision is None or one.result == "absent":
            return None
        message = tell(
            "{method} is waived for {who}, by {by}. Remove the line, or remove the waiver first",
            who=one.candidate_id,
            method=tell(METHODS_SAID[one.method]),
            by=decision.by,
        )
        return "waived", message

    results = read_method_results(given.name, data, asked, today=date.today(), fault_of=fault_of)
    coming = {each.name: each.path for each in beside}
    others = [
        *((path.name, read_input(path)) for path in held_files(sitting.exam) if path.name not in coming),
        *((name, read_input(path)) for name, path in coming.items()),
    ]
    others = [one for one in others if one[0] != target.name]
    merged([*others, (given.name, data)], asked)
    return len(results)


def _check_returns(sitting: Sitting, given: Given, target: Path, together: Sequence[Given]) -> CentreReturns:
    """Check a return of a centre against the sitting and every other return, stored or added with it."""
    beside = [each for each in together if each.kind == "returns" and each is not given]
    gone = {target.name, *(each.name for each in beside)}
    others = [(path.name, held_returns(path)) for path in sitting.returns if path.name not in gone]
    for each in beside:
        with suppress(Refused):  # its faults are reported for the file itself
            others.append((each.name, held_returns(each.path, each.name)))
    return returned.checked(sitting, given.name, read_input(given.path), others)


def _attendance(
    sitting: Sitting, one: FileChange, given: Sequence[Given], number: int, reason: str, replace: bool
) -> list[dict[str, Any]]:
    """Put the attendance in returns that are being added into the roster. Return the acts to record."""
    sheets = [each for each in given if each.kind == "returns"]
    found = [held_returns(each.path, each.name) for each in sheets]
    if not any(each.attendance for each in found):
        return []
    if any(each.kind == "roster" for each in given):
        message = tell(
            "contains attendance, as does the roster added with it. Add the roster first, then this file"
        )
        raise Refused(message, [Problem(each.name, "roster-beside", message) for each in sheets])
    said = returned.recorded(sitting, found, replace)
    if said is None:
        return []
    target = sitting.path(ROSTER)
    is_there = target.exists()
    earlier = put_aside(sitting.place, one, target, number) if is_there else ""
    staged = one.new(target)
    staged.write_bytes(said)
    staged.chmod(PRIVATE)
    names = ", ".join(each.name for each in sheets)
    act: FileActName = "replaced" if is_there else "taken"
    return [file_act(act, "roster", ROSTER, names, staged, reason, earlier)]


def _check_plan(sitting: Sitting, given: Given, reason: str) -> None:
    """Raise Refused if the plan is not valid, or does not match the list, the roster or recorded
    decisions."""
    plan = read_plan(given.path)
    before = plan_of(sitting.exam)
    gone = set(before.second_person) - set(plan.second_person) if before is not None else set()
    if gone and not reason.strip():
        message = tell(
            "no longer requires a second person for {decisions}. Give the reason with {reason}; "
            "it is recorded",
            decisions=listed(sorted(gone)),
            reason=option("reason"),
        )
        raise Refused.because(
            "the plan has fewer safeguards than the previous one",
            [Problem(given.name, "asks-less", message, field="second_person")],
        )
    people = [(one.candidate_id, one.exam_room) for one in roster.people(sitting)]
    problems = faults_of_list(plan, people) if people else []
    if sitting.given(ROSTER) is None:  # a new list may be printed by this plan, in place of the one that was
        problems = [one for one in problems if one.code != "accommodation-of-nobody"]
    if problems:
        raise Refused.because("the plan does not match the candidates of this exam", problems)
    days = [
        *(
            (one.date, tell("a decision on {who}", who=one.candidate_id))
            for one in sitting.decisions()
            if DECISION_KINDS[one.decision].about != "attendance"
        ),
        *(
            (str(one.said.get("date") or ""), tell("release {n}", n=one.number))
            for one in all_releases(sitting.exam / RESULTS)
        ),
    ]
    if early := [one for one in days if one[0] and one[0] < plan.date.isoformat()]:
        day, what = min(early, key=lambda one: one[0])
        message = tell("is after {day}, the day of {what}", day=day, what=what)
        raise Refused.because(
            "the plan does not match the recorded decisions",
            [Problem(given.name, "after-decisions", message, field="date")],
        )


def _name_there(sitting: Sitting, folder: str, name: str) -> str:
    """Return the name of the stored file with that name, ignoring case; otherwise the name itself."""
    there = {path.name.casefold(): path.name for path in children(sitting.place / folder)}
    return there.get(name.casefold(), name)


# ── scans ────────────────────────────────────────────────────────────────────────────────────


class _Copied(NamedTuple):
    taken: Taken
    acts: list[dict[str, Any]]


def _scan_copied(
    sitting: Sitting, one: FileChange, given: Given, staged: dict[int, Path], reason: str
) -> _Copied:
    """Copy a folder written by `scan`, with the decisions in its gallery. Its staged folder is added to
    `staged`, by number."""
    responses = given.path / RESPONSES
    if not responses.is_file():
        message = tell(
            "does not contain the answers of a single exam. Read the sheets of this exam into a "
            "separate folder"
        )
        raise Refused.because("nothing was added", [Problem(given.name, "no-responses", message)])
    digest = sha256_of(responses)
    there = {int(path.name): path / RESPONSES for path in sitting.scans}
    there |= {number: path / RESPONSES for number, path in staged.items()}
    for number, path in there.items():
        if path.is_file() and sha256_of(path) == digest:
            return _Copied(Taken(given, "known", f"{SCANS}/{number}/{RESPONSES}"), [])
    number = max(scans.last_number(sitting), *staged, 0) + 1
    target = sitting.place / SCANS / str(number)
    folder = staged[number] = one.new(target)
    shutil.copytree(given.path, folder, ignore=shutil.ignore_patterns(".*"))
    file = f"{SCANS}/{number}/{RESPONSES}"
    acts = [file_act("taken", "scan", file, given.name, responses, reason)]
    if decisions := read_decisions(folder):
        review = f"{SCANS}/{number}/{REVIEW}"
        said = file_act("taken", "gallery", review, given.name, folder / REVIEW, reason)
        acts.append({**said, "decisions": len(decisions)})
    return _Copied(Taken(given, "taken", file), acts)


def _scan_of(folders: Mapping[int, Path], given: Given) -> int:
    """Return the number of the scan whose gallery a file of decisions belongs to."""
    number = scan_of(folders, given.path)
    if number is None:
        message = tell("belongs to a scan that is not in the sitting. Add its folder first")
        raise Refused.because("nothing was added", [Problem(given.name, "scan-not-taken", message)])
    return number


def _scanned(sitting: Sitting, pages: Sequence[Given], by: str, progress: Progress) -> Taken:
    """Read scans, all of them as one."""
    done = scans.read(sitting, [one.path for one in pages], progress, by=by)
    return Taken(pages[0], "taken", f"{SCANS}/{done.number}", read=done)


# ── taken back ───────────────────────────────────────────────────────────────────────────────


def take_back(sitting: Sitting, names: Sequence[str], by: str, reason: str) -> list[SittingAct]:
    """Remove files from the sitting, with the reason, and return the acts.

    A file is named by its path in the folder, or by its file name there. It stays in `earlier/`; a scan stays
    beside the others. Decisions on rows of removed answers are removed with them. Raises Refused if a file is
    not there.
    """
    with sitting.changing_answers():
        acts = read_acts(sitting.place)
        held = files_held(acts)
        stored = (*sitting.answers, *held_files(sitting.exam), *sitting.moderations, *sitting.returns)
        there = {path.relative_to(sitting.place).as_posix(): path for path in stored}
        there |= {name: path for name in _PLACES.values() if (path := sitting.given(name)) is not None}
        new, problems = list[dict[str, Any]](), list[Problem]()
        gone: set[str] = set()  # what decisions call answers that go
        with change(sitting.place, PRIVATE_FOLDER) as one:
            for name in names:
                ways = (name, *(f"{place}/{name}" for place in AS_GIVEN.values()), f"{name}/{RESPONSES}")
                found = [file for file in there if file in ways]
                if len(found) != 1:
                    message = (
                        tell("is the name of several files. Choose one of {files}", files=either(found))
                        if found
                        else tell("is not in the sitting. Its files: {files}", files=", ".join(there) or "–")
                    )
                    code = "several-of-that-name" if found else "not-taken"
                    problems.append(Problem(name, code, message))
                    continue
                [file] = found
                path = there[file].parent if file.startswith(f"{SCANS}/") else there[file]
                before = held.get(file)
                kinds = (kind for kind, place in _PLACES.items() if place == file)
                kind = next(kinds) if before is None else before.kind
                known_as = path.name if before is None else before.name
                if path.parent.name == SCANS:  # its number is no other's: decisions on its rows bear it
                    one.move(path, f"{scans.REMOVED}{path.name}")
                    earlier = f"{SCANS}/{scans.REMOVED}{path.name}"
                else:
                    earlier = put_aside(sitting.place, one, path, len(acts) + len(new) + 1)
                    one.remove(path)
                said = file_act("taken-back", kind, file, known_as, there[file], reason, earlier)
                count = worklist.n_decisions(sitting, file) if file in (IDENTITIES, MARKS) else 0
                new.append({**said, **({"decisions": count} if count else {})})
                if kind in ("answers", "scan"):
                    gone.add(f"{path.name}/{RESPONSES}" if kind == "scan" else path.name)
            if problems:
                raise Refused.because("nothing was removed", problems)
            at, but_for = len(acts) + len(new) + 1, {str(each["kind"]) for each in new}
            gives_way = worklist.of_files(gone)
            new += worklist.set_decisions_aside(sitting, one, gives_way, at, reason, but_for).acts
            return list(put_on_record(sitting.place, one, new, by))
