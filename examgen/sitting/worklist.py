"""Rows that a scoring set aside → a list to be worked through, and the decisions of people on them.

A decision is a line of `identities.csv` or `marks.csv`, as `score` reads them; it is checked as `score`
checks it before it is written. No decision is overwritten unseen: if somebody else has decided meanwhile, the
new decision is refused and the other one shown.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

from examgen.capture.decision_files import SittingNames as Named
from examgen.capture.decision_files import read_grader_decisions
from examgen.capture.grader_decisions import (
    VOIDED,
    IdentityDecision,
    MarkRepair,
    of_same_scan,
    restored,
    same_text,
    shown_names,
)
from examgen.capture.quarantine_reasons import QUARANTINE_REASONS
from examgen.core.changes import FileChange
from examgen.core.csv_files import csv_cells
from examgen.core.exam.package import Package, read_package
from examgen.core.exam.runs import Run
from examgen.core.files import PRIVATE, read_input, sha256, write_files
from examgen.core.problems import ExamgenError, Problem, Refused
from examgen.core.readings import Readings
from examgen.core.tables.opening import open_tables
from examgen.core.tables.records import visible
from examgen.core.words import tell
from examgen.scoring.options import FileKind
from examgen.scoring.reconcile import OF_PERSONS
from examgen.scoring.sitting_folder import CHANGED, IDENTITIES, MARKS, Sitting, file_shown
from examgen.scoring.sitting_record import REVIEW, file_act, put_aside

IDENTITY_HEADS = ("file", "line", "candidate_id", "form", "action", "reason", "by", "date", "raw")
MARK_HEADS = ("file", "line", "question", "answer", "reason", "by", "date", "raw")
_FILES = ((IDENTITIES, "identity", IDENTITY_HEADS), (MARKS, "mark", MARK_HEADS))
"""The files of decisions: name, kind of lines, columns."""
VOID = "void"
CONTRADICTS = frozenset(reason.code for reason in QUARANTINE_REASONS if reason.contradicts)
MAY_BE_NAMED = frozenset(reason.code for reason in QUARANTINE_REASONS if reason.may_be_named)
ONLY_IN_FILE = frozenset(reason.code for reason in QUARANTINE_REASONS if reason.record or reason.line)
"""Reasons that concern the cells of a line. Decisions on its candidate or its marks cannot settle them."""
NAMED = {reason.code: reason.name for reason in QUARANTINE_REASONS}
"""The name of each reason in a list."""


class Aside(NamedTuple):
    """A row of quarantine.csv; `known_as` is the file name that decisions use."""

    number: int
    """Its position in quarantine.csv, from 1."""
    file: str
    known_as: str
    line: int
    candidate_id: str
    reason: str
    raw: str
    undecided: tuple[int, ...]


class Decided(NamedTuple):
    """A line of a file of decisions; `said` has its cells by column."""

    kind: str
    """`identity` or `mark`."""
    file: str
    line: int
    said: Mapping[str, str]
    code: str
    """The digest that identifies the line when it is removed. It changes with any of its cells."""


class Decision(NamedTuple):
    """A person's decision on a row: its candidate (`candidate_id`, `form`), that it belongs to nobody
    (`is_void`), or its marks by question."""

    candidate_id: str = ""
    form: str = ""
    is_void: bool = False
    marks: Mapping[int, str] = {}  # never changed


def set_aside(run: Run) -> list[Aside]:
    """Return every row that a run set aside, in the order of quarantine.csv."""
    path = run.folder / "quarantine.csv"
    if not path.is_file():
        return []
    known = _known(run)
    return [*_asides.of((path, *known.items()), [path], lambda: _set_aside(path, known))]


def _known(run: Run) -> dict[str, str]:
    """Return the names that decisions use for the files read by the run, by the name shown, as in
    `file_shown`. A file added since may have the same name."""
    return file_shown([Path(str(one["file"])) for one in run.audit.get("inputs") or ()])


_asides = Readings[list[Aside]](8)


def _set_aside(path: Path, known: Mapping[str, str]) -> list[Aside]:
    rows = csv.DictReader(io.StringIO(read_input(path).decode("utf-8-sig"), newline=""))
    return [
        Aside(
            number,
            (file := restored(row["file"])),
            known.get(file, file),
            int(row["line"]),
            restored(row["candidate_id"] or ""),
            row["reason"],
            restored(row["raw"] or ""),
            tuple(int(one.removeprefix("Q")) for one in (row.get("undecided") or "").split()),
        )
        for number, row in enumerate(rows, 1)
    ]


def decided(sitting: Sitting) -> list[Decided]:
    """Return every decision of the worklist, in the order of its files."""
    return [one for name, kind, _ in _FILES for one in _read(sitting, name, kind)]


def _read(sitting: Sitting, name: str, kind: str) -> list[Decided]:
    return _read_at(sitting.path(name), kind)


def _read_at(path: Path, kind: str) -> list[Decided]:
    return _decided.of((path, kind), [path], lambda: [*_lines_of(path, kind)])


_decided = Readings[list[Decided]](32)


def _lines_of(path: Path, kind: str) -> Iterator[Decided]:
    if not path.is_file():
        return
    for row in csv.DictReader(io.StringIO(read_input(path).decode("utf-8-sig"), newline="")):
        said = {head: restored(cell or "") for head, cell in row.items()}
        code = sha256("\x1f".join((kind, *said.values())).encode("utf-8", "surrogatepass"))[:16]
        yield Decided(kind, said["file"], int(said["line"]), said, code)


def in_galleries(sitting: Sitting) -> dict[tuple[str, int], list[Decided]]:
    """Return the decisions made in galleries of scans, by the file name that decisions use and the line."""
    found: dict[tuple[str, int], list[Decided]] = {}
    paths, scans = sitting.answers, {*sitting.scans}
    for path, known_as in zip(paths, file_shown(paths).values(), strict=True):
        if path.parent not in scans:
            continue
        for name, kind, _ in _FILES:
            place = path.parent / REVIEW / name
            for one in _read_at(place, kind):
                found.setdefault((known_as, one.line), []).append(one)
    return found


def places(sitting: Sitting) -> frozenset[Place]:
    """Return the rows and marks on which the worklist has decisions."""
    return frozenset(_place_of(one.said, one.kind == "mark") for one in decided(sitting))


def n_decisions(sitting: Sitting, name: str) -> int:
    """Return the number of decisions in one of the files of the worklist."""
    return sum(len(_read(sitting, file, kind)) for file, kind, _ in _FILES if file == name)


def decided_rows(sitting: Sitting) -> dict[tuple[str, int], list[Decided]]:
    """Return the decisions on each row from galleries and the worklist; those of the worklist come last."""
    found = in_galleries(sitting)
    for one in decided(sitting):
        found.setdefault((one.file, one.line), []).append(one)
    return found


def settles(made: Sequence[Decided], row: Aside) -> bool:
    """Return whether decisions of a gallery settle everything in doubt about a row.

    Doubtful marks must all be decided; otherwise any decision is enough. A row that contradicts others must
    be assigned to nobody or to somebody else; for a row that shares its sheet with another candidate's, any
    decision on its candidate is enough.
    """
    if row.undecided:
        return leaves_no_mark(made, row)
    if row.reason not in CONTRADICTS:
        return bool(made)
    who = [one.said for one in made if one.kind == "identity"]
    if row.reason == "sheet_of_two":
        return bool(who)
    return any(one["action"] == VOID or one["candidate_id"] not in ("", row.candidate_id) for one in who)


def leaves_no_mark(made: Sequence[Decided], row: Aside) -> bool:
    """Whether decisions say each mark of a row that is in doubt, or that the row is nobody's."""
    marks = {one.said["question"] for one in made if one.kind == "mark"}
    return {str(n) for n in row.undecided} <= marks or any(one.said.get("action") == VOID for one in made)


def settled(sitting: Sitting, run: Run) -> dict[tuple[str, int], list[Decided]]:
    """Return the rows that a run set aside and that are settled by later decisions, by the file name that
    decisions use and the line. A decision that the run already knew settles nothing, unless it says that
    the row belongs to nobody."""
    counted = _counted(run)
    in_list = dict[tuple[str, int], list[Decided]]()
    for one in decided(sitting):
        in_list.setdefault((one.file, one.line), []).append(one)
    of_galleries, found = in_galleries(sitting), dict[tuple[str, int], list[Decided]]()
    for row in set_aside(run):
        place = row.known_as, row.line
        is_nobodys = row.reason == VOIDED
        for made, is_enough in (
            (own := in_list.get(place, []), bool(own) and leaves_no_mark(own, row)),
            (shown := of_galleries.get(place, []), bool(shown) and settles(shown, row)),
        ):
            if is_enough and (is_nobodys or any(_counted_as(one) not in counted for one in made)):
                found.setdefault(place, made)
    return found


_COUNTED = ("line", "decision", "reason", "by", "date")
"""The fields that identify a decision in the audit of a run."""


def _counted(run: Run) -> set[tuple[str, ...]]:
    """Return the decisions that a run knew, each with the file name that decisions use."""
    known = _known(run)
    return {
        (known.get(name := str(one["file"]), name), *(str(one[head]) for head in _COUNTED))
        for one in run.audit.get("decided") or ()
    }


def _counted_as(one: Decided) -> tuple[str, ...]:
    """Return a decision in the form that the audit of a run has, with the file name."""
    said = one.said
    record = said["reason"], said["by"], said["date"]
    made: IdentityDecision | MarkRepair
    if one.kind == "mark":
        made = MarkRepair(int(said["question"]), 0, said["answer"], None, "", *record)
    else:
        is_void = said.get("action") == VOID
        made = IdentityDecision(said["candidate_id"], said["form"], is_void, None, "", *record)
    return one.file, str(one.line), str(made.decision), *record


def is_of_other_answers(sitting: Sitting, run: Run) -> bool:
    """Return whether answer files were added or removed since a run."""
    return {*_known(run).values()} != {*file_shown(sitting.answers).values()}


def not_given(sitting: Sitting, rows: Collection[Aside]) -> list[str]:
    """Return the answer files of these rows that the sitting does not have, for example because a command
    scored them. Their rows cannot be decided until somebody adds the files."""
    given = {*file_shown(sitting.answers).values()}
    return list(dict.fromkeys(row.known_as for row in rows if row.known_as not in given))


def waiting(sitting: Sitting, run: Run) -> dict[str, int]:
    """Return the number of rows set aside and undecided, by the file name that decisions use."""
    found = dict.fromkeys(_known(run).values(), 0)
    done = settled(sitting, run)
    for row in set_aside(run):
        if row.reason not in OF_PERSONS and (row.known_as, row.line) not in done:
            found[row.known_as] = found.get(row.known_as, 0) + 1
    return found


def n_decided_since(sitting: Sitting, run: Run) -> int:
    """Return how many rows of a run, set aside or scored, have new decisions that the next scoring
    will use."""
    done = settled(sitting, run)
    n_aside = sum(row.reason != VOIDED and (row.known_as, row.line) in done for row in set_aside(run))
    return n_aside + len(of_scored(sitting, run))


def of_scored(sitting: Sitting, run: Run) -> dict[tuple[str, int], list[Decided]]:
    """Return the decisions made since on rows that a run scored, by file name and line."""
    files, counted = {*_known(run).values()}, _counted(run)
    aside = {(row.known_as, row.line) for row in set_aside(run)}
    found = dict[tuple[str, int], list[Decided]]()
    for one in decided(sitting):
        place = one.file, one.line
        if one.file in files and place not in aside and _counted_as(one) not in counted:
            found.setdefault(place, []).append(one)
    return found


class Ruling(NamedTuple):
    """A row, the decision on it, and the reason."""

    row: Aside
    decision: Decision
    reason: str


def of_rows(sitting: Sitting, rows: Sequence[Aside]) -> list[Decided]:
    """Return the decisions of the worklist on these rows."""
    places = {(row.known_as, row.line) for row in rows}
    return [one for one in decided(sitting) if (one.file, one.line) in places]


def state_of(found: Sequence[Decided]) -> str:
    """Return a digest that shows whether the decisions on a row are still those that a page showed."""
    return sha256(" ".join(one.code for one in found).encode())[:16]


def decide(sitting: Sitting, rulings: Sequence[Ruling], by: str, date: str, seen: str) -> None:
    """Write decisions on rows, all or none; `seen` is the digest of the earlier decisions that the user saw.

    A decision on the candidate of a row replaces the earlier one on its candidate, a decision on marks that
    on marks, and a decision that the row belongs to nobody replaces both. Raises Refused with every fault
    that `score` would find in the lines, each with its field.
    """
    lines: dict[str, list[dict[str, str]]] = {IDENTITIES: [], MARKS: []}
    voided = set[tuple[str, int]]()
    for row, decision, reason in rulings:
        record = {"reason": reason, "by": by, "date": date, "raw": row.raw}
        where = {"file": row.known_as, "line": str(row.line)}
        is_void = decision.is_void
        if row.reason in ONLY_IN_FILE and not is_void:
            message = tell(
                "the cells of this row cannot be told apart, so a decision on its candidate or marks has no "
                "effect. Replace its file by one with this row corrected, or do not use the row."
            )
            raise Refused(message, [Problem(row.file, row.reason, message, field="what")])
        if is_void:
            voided.add((row.known_as, row.line))
        if is_void or decision.candidate_id or decision.form or not decision.marks:
            said = {
                "candidate_id": "" if is_void else decision.candidate_id,
                "form": "" if is_void else decision.form,
                "action": VOID if is_void else "",
            }
            lines[IDENTITIES].append({**where, **said, **record})
        for question, answer in sorted(decision.marks.items()):
            lines[MARKS].append({**where, "question": str(question), "answer": answer, **record})
    with sitting.changing():
        rows = [one.row for one in rulings]
        made = of_rows(sitting, rows)
        if state_of(made) != seen:
            if _is_same(made, lines):  # it was sent again, because no answer had arrived
                return
            message = tell(
                "somebody else has decided on this row meanwhile. Check the decision, then decide again"
            )
            raise Refused(message, [Problem(rows[0].known_as, CHANGED, message)])
        written, of_these = {}, {}
        places = {(row.known_as, row.line) for row in rows}
        for name, kind, columns in _FILES:
            said_anew = {(one["file"], int(one["line"])) for one in lines[name]} | voided
            now = _read(sitting, name, kind)
            kept = [one.said for one in now if (one.file, one.line) not in said_anew]
            if lines[name] or len(kept) < len(now):
                written[sitting.path(name)] = _csv(columns, [*kept, *lines[name]])
            of_these[name] = [one for one in kept if (one["file"], int(one["line"])) in places]
            of_these[name] += lines[name]
        _check(sitting, of_these)
        write_files(written, within=sitting.place)


def _is_same(made: Sequence[Decided], lines: Mapping[str, Sequence[Mapping[str, str]]]) -> bool:
    """Return whether the existing decisions on some rows equal these lines, apart from the date."""
    for name, kind, heads in _FILES:
        said = [tuple(one.get(head, "") for head in heads if head != "date") for one in lines[name]]
        there = [
            tuple(one.said.get(head, "") for head in heads if head != "date")
            for one in made
            if one.kind == kind
        ]
        if sorted(said) != sorted(there):
            return False
    return True


class Merged(NamedTuple):
    """A file of decisions of a sitting, merged with an added one."""

    data: bytes
    n_new: int
    """The number of decisions that are new or differ from before."""
    n_anew: int
    """The number of rows or marks on which there was a different decision before."""


Place = tuple[str, ...]
"""The subject of a decision: a row by file name and line, or a mark by its question as well."""


def merged(
    sitting: Sitting,
    kind: str,
    name: str,
    data: bytes,
    coming: Sequence[Path] = (),
    in_gallery: Collection[Place] = (),
) -> Merged:
    """Return the file of decisions on rows (`identities`) or marks (`marks`), merged with an added file.

    Each added decision replaces the earlier one on its row or mark, here or in a gallery. `coming` are answer
    files added with it, `in_gallery` the subjects of decisions in galleries added with it. Raises Refused
    with every fault of the file and its line.
    """
    answers = [*dict.fromkeys([*sitting.answers, *coming])]
    shown = dict(zip(shown_names(answers), file_shown(answers).values(), strict=True))
    own = [(name, data)]
    is_mark = kind == "marks"
    found = read_grader_decisions(
        [] if is_mark else own,
        own if is_mark else [],
        _named(sitting, read_package(sitting.exam), answers),
    )
    file, of, heads = _FILES[is_mark]
    lines = {_place_of(one.said, is_mark): dict(one.said) for one in _read(sitting, file, of)}
    lines = {place: said for place, said in lines.items() if place not in in_gallery}
    made = {
        (*at, *([one.said["question"]] if is_mark else ())): one.said
        for at, some in in_galleries(sitting).items()
        for one in some
        if one.kind == of
    }
    before = {tuple(map(str, place)): said for place, said in made.items()} | lines
    n_new, n_anew, problems = 0, 0, list[Problem]()
    identities, repairs = found.identities.items(), found.repairs.items()
    given: list[tuple[str, int, IdentityDecision | MarkRepair]] = [
        *((known_as, n, one) for known_as, rows in identities for n, one in rows.items()),
        *((known_as, n, one) for known_as, rows in repairs for n, some in rows.items() for one in some),
    ]
    for known_as, number, one in given:
        said = {"file": shown.get(known_as, known_as), "line": str(number), "raw": one.raw or ""}
        said |= {"reason": one.reason, "by": one.by, "date": one.date}
        if isinstance(one, MarkRepair):
            said |= {"question": str(one.question), "answer": one.answer}
        else:
            action = VOID if one.void else ""
            said |= {"candidate_id": one.candidate_id, "form": one.form, "action": action}
        place = _place_of(said, is_mark)
        if place in in_gallery:
            message = tell("is also decided in a gallery added with it. Add them one after the other")
            problems.append(Problem(one.source, "decided-twice", message))
        n_new += any(lines.get(place, {}).get(head, "") != said[head] for head in heads)
        n_anew += place in before and any(
            before[place].get(head, "") != said[head] for head in _SAYS[is_mark]
        )
        lines[place] = said
    if problems:
        raise Refused.because("two of the files decide on the same row or mark", problems)
    return Merged(_csv(heads, list(lines.values())), n_new, n_anew)


_SAYS = (("candidate_id", "form", "action"), ("answer",))
"""The columns that state a decision on a row, and on a mark."""


class SetAside(NamedTuple):
    """Decisions that were removed: the acts to record, and their number."""

    acts: list[dict[str, Any]]
    n: int


def set_decisions_aside(
    sitting: Sitting,
    one: FileChange,
    gives_way: Callable[[Place], bool],
    number: int,
    reason: str,
    but: Collection[str] = (),
) -> SetAside:
    """Remove from the worklist the decisions for which `gives_way` is true, within a change of the folder,
    except from the kinds of files in `but`. The earlier files are kept under act numbers from `number` on."""
    acts, n = list[dict[str, Any]](), 0
    kinds: tuple[FileKind, FileKind] = ("identities", "marks")
    for kind, (file, of, heads) in zip(kinds, _FILES, strict=True):
        lines = _read(sitting, file, of) if kind not in but else []
        left = [each.said for each in lines if not gives_way(_place_of(each.said, kind == "marks"))]
        if len(left) == len(lines):
            continue
        count = {"decisions": len(lines) - len(left)}
        n += count["decisions"]
        path = sitting.path(file)
        earlier = put_aside(sitting.place, one, path, number + len(acts))
        if left:
            staged = one.new(path)
            staged.write_bytes(_csv(heads, left))
            staged.chmod(PRIVATE)
            acts.append({**file_act("replaced", kind, file, file, staged, reason, earlier), **count})
        else:
            one.remove(path)
            acts.append({**file_act("taken-back", kind, file, file, path, reason, earlier), **count})
    return SetAside(acts, n)


def on_changed_rows(sitting: Sitting, known_as: str, path: Path) -> set[Place]:
    """Return the decisions on rows of an answer file that differ in the file at `path`, which is to replace
    it; all of them if that file is not a table."""
    made = [one for one in decided(sitting) if one.file == known_as]
    if not made:
        return set()
    lines = {one.line for one in made}
    texts: dict[int, str] = {}
    with suppress(ExamgenError):
        tables = open_tables(path.name, read_input(path))
        widest = max(tables, key=lambda table: len(table.header.fields), default=None)
        for record in widest.body(len(widest.header.fields)) if widest is not None else ():
            if record.line in lines:
                texts[record.line] = record.raw
    return {
        _place_of(one.said, one.kind == "mark")
        for one in made
        if one.line not in texts or (one.said.get("raw") and not same_text(one.said["raw"], texts[one.line]))
    }


def of_files(names: Collection[str]) -> Callable[[Place], bool]:
    """Return a function that tells whether a decision is on a row of one of those answer files."""
    return lambda place: place[0] in names


def _place_of(said: Mapping[str, str], is_mark: bool) -> Place:
    return (said["file"], said["line"], *([said["question"]] if is_mark else ()))


def take_back(sitting: Sitting, code: str) -> Decided:
    """Remove a decision from its file. The next scoring must then be told that it is left out
    deliberately."""
    with sitting.changing():
        found = next((one for one in decided(sitting) if one.code == code), None)
        if found is None:
            raise Refused.because("this decision no longer exists. Somebody has changed it meanwhile")
        [(name, heads)] = [(name, heads) for name, kind, heads in _FILES if kind == found.kind]
        kept = [one.said for one in _read(sitting, name, found.kind) if one.code != code]
        path = sitting.path(name)
        if kept:
            write_files({path: _csv(heads, kept)}, within=sitting.place)
        else:
            write_files({}, within=sitting.place, without=[path])
    return found


def _check(sitting: Sitting, lines: Mapping[str, Sequence[Mapping[str, str]]]) -> None:
    """Refuse lines about some rows that `score` would refuse. Lines about other rows were checked when they
    were written, so thousands need not be read for each decision."""
    given = {name: [(name, _csv(heads, lines[name]))] if lines[name] else [] for name, _, heads in _FILES}
    read_grader_decisions(
        given[IDENTITIES], given[MARKS], _named(sitting, read_package(sitting.exam), sitting.answers)
    )


def _named(sitting: Sitting, asked: Package, answers: Sequence[Path]) -> Named:
    forms = dict.fromkeys([*asked.form_names, *asked.candidates["serial"]])
    questions = asked.most_questions
    wanted = sitting.options()
    nearest = {
        visible(str(path)): of_same_scan(path, answers) for path in (*wanted.identities, *wanted.marks)
    }
    return Named(shown_names(answers), [*forms], questions, nearest)


def _csv(heads: Sequence[str], lines: Sequence[Mapping[str, str]]) -> bytes:
    """Return a table in a form that spreadsheets open, with an apostrophe before cells that they would
    execute."""
    texts = [csv_cells(line.get(head, "") for head in heads) for line in lines]
    return b"\xef\xbb\xbf" + "".join(f"{text}\n" for text in (",".join(heads), *texts)).encode()


def forms_and_questions(sitting: Sitting) -> tuple[list[str], int, dict[str, int]]:
    """Return the forms (those that booklets were drawn from first), the highest number of questions, and the
    highest number of options of a question, by form."""
    asked = read_package(sitting.exam)
    most: dict[str, int] = {}
    for form, options in asked.forms.select("form", "options").unique(maintain_order=True).iter_rows():
        most[form] = max(most.get(form, 0), options.count(" ") + 1)
    return [*most], asked.most_questions, most


def forms_to_choose(sitting: Sitting) -> list[str]:
    """Return the forms of the exam; none if booklets have serials, because a row may state these instead."""
    asked = read_package(sitting.exam)
    return [] if asked.candidates.height else [*asked.form_names]


def problems_by_field(error: Refused) -> dict[str, list[Problem]]:
    """Return the problems of a refusal by field of a form; those without a field under the empty name."""
    found: dict[str, list[Problem]] = {}
    for problem in error.problems:
        found.setdefault(problem.field or "", []).append(problem)
    return found
