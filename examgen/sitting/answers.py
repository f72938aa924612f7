"""Answer files of a sitting: people add and remove them, and set how they are read.

Every file keeps the name that the user gave it. A file that cannot be a table is refused at once.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

from examgen.capture.answer_layout import ColumnMapping, column_mapping
from examgen.capture.declared_columns import headed_ways
from examgen.capture.ratings import is_moderation
from examgen.core.exam.manifest import is_rated, read_manifest
from examgen.core.files import json_bytes, write_file, write_files, yaml_bytes
from examgen.core.problems import ExamgenError, Problem, Refused
from examgen.core.words import tell
from examgen.scoring.exam_layout import columns_file
from examgen.scoring.options import FileKind
from examgen.scoring.sitting_folder import (
    CHANGED,
    COLUMNS,
    READING,
    Sitting,
    SittingChanged,
    children,
    mark,
    plain_name,
)
from examgen.scoring.sitting_record import ANSWERS, AS_GIVEN
from examgen.sitting.preview import previews, tables_of
from examgen.sitting.taking import Given, kind_by_headings, take, take_back

FILE_EXISTS = "file-exists"
"""The code of a file whose name is already used by another file."""


def state_of(path: Path) -> str:
    """Return a digest of an answer file, which shows whether the file has changed since a page showed it."""
    said = path.stat()
    return mark(f"{path.name} {said.st_size} {said.st_mtime_ns}")


def take_answers(
    sitting: Sitting,
    given: Mapping[str, Path],
    replace: bool,
    seen: Collection[str],
    by: str,
    reason: str = "",
    by_key: bool = True,
) -> tuple[str, ...]:
    """Add answer files, results of other methods of assessment, and decisions on rows and marks, under the
    names that the user gave them; `by_key`: see `take`.

    Raises Refused if a file cannot be a table, if a file of its name exists and `replace` is not set, or if
    that file is none of those that the user has `seen`.
    """
    problems: list[Problem] = []
    with sitting.changing_answers() if replace else sitting.changing():
        files = [Given(path, plain_name(name), _kind_of(sitting, path, name)) for name, path in given.items()]
        there = {(path.parent.name, path.name.casefold()): path for path in _given_files(sitting)}
        for one in files:
            if one.kind == "gallery":
                message = tell("belongs to the gallery of a scan. Upload it on the page of that gallery")
                problems.append(Problem(one.name, "of-a-gallery", message))
            before = there.get((one.kind, one.name.casefold()))
            if before is None:
                continue
            if not replace:
                message = tell(
                    "a file of this name was already added. Choose to replace it, or rename your file"
                )
                problems.append(Problem(one.name, FILE_EXISTS, message))
            elif state_of(before) not in seen:
                message = tell(
                    "another file of this name was added since you opened the page. Check it, "
                    "then upload yours again"
                )
                problems.append(Problem(one.name, CHANGED, message))
        taken = take(sitting, files, by, reason, replace, but=problems, by_key=by_key)
        return tuple(one.given.name for one in taken)


def remove_answers(sitting: Sitting, name: str, seen: str, by: str, reason: str = "") -> None:
    """Remove the file that the user has `seen`: answers by file name, other files by folder and name.

    With a reason, scorings leave the file out deliberately. Without one, a scoring that leaves out what an
    earlier run had from the file must be told so.
    """
    with sitting.changing_answers():
        known = {path.relative_to(sitting.place).as_posix(): path for path in _given_files(sitting)}
        file = name if name.partition("/")[0] in AS_GIVEN.values() else f"{ANSWERS}/{name}"
        if file not in known:
            raise Refused.because("{name} is not one of the answer files", name=name)
        if state_of(known[file]) != seen:
            raise SittingChanged
        take_back(sitting, [file], by, reason)


def _given_files(sitting: Sitting) -> list[Path]:
    """Return the files that are stored as they were added: answers, results of other methods, moderated
    points and returns."""
    return [path for folder in AS_GIVEN.values() for path in children(sitting.place / folder)]


def _kind_of(sitting: Sitting, path: Path, name: str) -> FileKind:
    """Return the kind of a file by its headings. A file that cannot be read yet counts as answers."""
    try:
        tables = tables_of(path, name)
        ways = (way for table in tables for way in headed_ways(table))
        if is_rated(read_manifest(sitting.exam)) and any(map(is_moderation, ways)):
            return "moderation"
        return kind_by_headings(tables) or "answers"
    except ExamgenError:
        return "answers"


# ── how to read the files ────────────────────────────────────────────────────────────────────


def say_reading(sitting: Sitting, reading: Mapping[str, str | None], seen: str) -> None:
    """Save how all files are read, if the setting that it replaces is the one the user has `seen`."""
    with sitting.changing():
        data = json_bytes(dict(reading))
        sitting.check_seen(READING, seen, data)
        write_file(sitting.path(READING), data, within=sitting.place)


def columns_of_file(sitting: Sitting, file: str) -> ColumnMapping | None:
    """Return the mapping of columns that was saved for an answer file; None if there is none."""
    return next((one for one in _columns(sitting) if one.files == (file,)), None)


def columns_state(sitting: Sitting, file: str) -> str:
    """Return a digest of an answer file and its mapping of columns, which changes if either changes."""
    path, said = sitting.place / ANSWERS / file, columns_of_file(sitting, file)
    known = state_of(path) if path.is_file() else ""
    return mark(f"{known} {said and said.record()}")


def say_columns(sitting: Sitting, file: str, said: Mapping[str, object], seen: str) -> None:
    """Save the mapping of columns of an answer file.

    Raises SittingChanged if the file or its mapping is not what the user has `seen`, Refused if the file
    cannot be read with the mapping.
    """
    entry = {**said, "files": [file]}
    with sitting.changing():
        if columns_state(sitting, file) != seen:
            raise SittingChanged
        others = [one for one in _columns(sitting) if one.files != (file,)]
        found = column_mapping([entry, *(one.record() for one in others)], COLUMNS)
        faults = [
            fault
            for one in previews(sitting, found)
            if one.path.name == file and one.path.parent.name == ANSWERS
            for fault in one.faults
        ]
        if faults:
            raise Refused.because("the answer file cannot be read with these columns", faults)
        _write_columns(sitting, (found, *found.also))


def forget_columns(sitting: Sitting, file: str, seen: str) -> None:
    """Remove the mapping of columns of an answer file, so that its headings are recognised again.

    Raises SittingChanged if the file or its mapping is not what the user has `seen`.
    """
    with sitting.changing():
        if columns_state(sitting, file) != seen:
            raise SittingChanged
        _write_columns(sitting, [one for one in _columns(sitting) if one.files != (file,)])


def by_hand_files(sitting: Sitting) -> frozenset[str]:
    """Return the answer files whose columns were assigned by hand."""
    return frozenset(name for one in _columns(sitting) for name in one.files)


def _columns(sitting: Sitting) -> list[ColumnMapping]:
    said = columns_file(sitting.given(COLUMNS))
    return [] if said is None else [said.model_copy(update={"also": ()}), *said.also]


def _write_columns(sitting: Sitting, said: Sequence[ColumnMapping]) -> None:
    path = sitting.path(COLUMNS)
    if not said:
        write_files({}, within=sitting.place, without=[path] if path.is_file() else [])
        return
    written = [one.record() for one in said]
    write_file(path, yaml_bytes(written if len(written) > 1 else written[0]), within=sitting.place)
