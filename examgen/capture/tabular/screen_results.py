"""Results of exams that were sat on screen → a table of answers, a row for each result.

Format: QTI Results Reporting 2.1, 2.2 and 3.0 (assessmentResult), of packages that `examgen export` wrote:
one file, a folder or a zip of them. The names of tests and questions say which form a result is of and which
build of it (`exam/on_screen.py`). What is not as it must be is a fault of its row, never left out.

References
----------
IMS Question & Test Interoperability: Results Reporting, 2.2 (2015), 3.0 (2022).
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from io import StringIO
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any, NamedTuple

from examgen.capture.answer_layout import AnswerLayout
from examgen.capture.cells import RecordTable, TableRecord, visible
from examgen.capture.tabular.containers import refusal
from examgen.core.exam.on_screen import ScreenForm, choices, digest_in, screen_form
from examgen.core.problems import Refused, system_words
from examgen.core.storage import check_regular, read_input
from examgen.core.words import Message, listed, tell

if TYPE_CHECKING:
    from examgen.core.foreign import Archive

_ROOT = "assessmentresult"
_HEAD = 4096
_ZIP = b"PK\x03\x04"
_OF_OTHERS = frozenset(("imsmanifest.xml", "thumbs.db", "desktop.ini"))
"""What lies beside results and is none of them; so does what begins with a full stop."""
RESPONSE = "RESPONSE"
_OF_SESSION = frozenset(("numAttempts", "duration", "completionStatus"))
"""Variables that every session of an item has: none is an answer."""
_SUBMITTED = frozenset(("final", "pendingresponseprocessing"))
_LED = re.compile(r"^_(?=\d)")
"""Ids of the schema begin with no digit: systems that hold to it lead such with a low line."""
NOT_A_RESULT, NOT_FINISHED, UNKNOWN_CHOICE = "not_a_result", "not_finished", "unknown_choice"


def is_result(head: bytes) -> bool:
    """Whether these are the first bytes of a result."""
    start = head[:_HEAD].replace(b"\0", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n")
    return start.startswith(b"<") and _ROOT.encode() in start.lower().replace(b"-", b"")


def are_from_screen(path: Path, head: bytes) -> bool:
    """Whether a file that begins so is a result, or an archive of results."""
    return is_result(head) or (head.startswith(_ZIP) and _holds_results(path))


def _holds_results(path: Path) -> bool:
    import zipfile  # for archives alone: text never needs it

    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
            if {"mimetype", "[Content_Types].xml"} & set(names):
                return False
            for name in names:
                if name.lower().endswith(".xml") and not _is_of_others(name):
                    with archive.open(name) as member:
                        if is_result(member.read(_HEAD)):
                            return True
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, OSError, EOFError, ValueError):
        return False
    return False


def size_of(path: Path) -> int:
    """The bytes of a file, or of all files of a folder."""
    if not path.is_dir():
        return path.stat().st_size
    return sum(one.stat().st_size for one in path.rglob("*") if one.is_file())


def results_table(name: str, path: Path, layout: AnswerLayout) -> RecordTable:
    """The results as a wide table. Raises Refused where there is none, or the archive cannot be read."""
    members = _members(name, path)
    if not members:
        raise refusal(name, "empty-file", tell("there is no result in it; expected assessmentResult files"))
    most = max(layout.sizes.values())
    header = ("candidate_id", "form", *(f"Q{n}" for n in range(1, most + 1)), "result_file", "attempts")
    label = tell("{n} results from the screen", n=f"{len(members):,}")

    def body(_: int) -> Iterator[TableRecord]:
        forms: dict[str, ScreenForm] = {}
        if (texts := layout.texts) is not None:
            found = (screen_form(form, texts.questions(form)) for form in texts.forms())
            forms = {one.digest: one for one in found}
        for line, member in enumerate(members, 2):
            yield _record(line, member, path, forms, layout, most)

    return RecordTable(label, TableRecord(1, header, ",".join(header)), body)


# ── the files ────────────────────────────────────────────────────────────────────────────────


def _is_of_others(name: str) -> bool:
    path = PurePosixPath(name)
    return (
        path.name.lower() in _OF_OTHERS
        or "__MACOSX" in path.parts
        or any(part.startswith(".") and part != ".." for part in path.parts)
    )


def _members(name: str, path: Path) -> list[str]:
    """The results of a folder or an archive by their paths in it, in order; a single one by its name."""
    if path.is_dir():
        found = [one.relative_to(path).as_posix() for one in path.rglob("*") if one.is_file()]
        named = sorted(one for one in found if not _is_of_others(one))
        if named and not any(is_result(_head_of(path / one)) for one in named):
            message = tell("no file of this folder is a result from the screen: name answer files one by one")
            raise refusal(name, "not-an-answer-file", message)
        return named
    if not _is_zip(path):
        return [path.name]
    archive = _archive(path)
    return sorted(one for one in [*archive.members, *archive.outside] if not _is_of_others(one))


def _head_of(path: Path) -> bytes:
    check_regular(path)
    with path.open("rb") as file:
        return file.read(_HEAD)


def _is_zip(path: Path) -> bool:
    return _head_of(path).startswith(_ZIP)


def _archive(path: Path) -> Archive:
    state = path.stat()
    return _opened(path, state.st_size, state.st_mtime_ns)


@lru_cache(maxsize=2)
def _opened(path: Path, _size: int, _mtime_ns: int) -> Archive:
    from examgen.core.foreign import Archive

    return Archive(read_input(path), path.name)


def _bytes_of(path: Path, member: str) -> bytes:
    if path.is_dir():
        return read_input(path / member)
    if not _is_zip(path):
        return read_input(path)
    archive = _archive(path)
    if member in archive.outside:
        raise Refused(tell("its path leads out of the archive"))
    return archive.read(member)


# ── one result ───────────────────────────────────────────────────────────────────────────────


class _ResultFault(Exception):
    """Why a row is set aside: a reason of `reasons.py`."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class ItemSession(NamedTuple):
    """The session of an item: its status, what was chosen, how often it was tried; why the choice cannot be
    told, where it cannot."""

    name: str
    status: str
    chosen: tuple[str, ...]
    attempts: int
    fault: Message | None = None


def _record(
    line: int, member: str, path: Path, forms: Mapping[str, ScreenForm], layout: AnswerLayout, most: int
) -> TableRecord:
    """A result as a row; `forms` are those of the exam by the digest in their names."""
    from examgen.core.foreign import xml  # for results alone: other answer files never need it

    candidate = form = ""
    marks: list[str] = []
    attempts, reason = "", None
    try:
        root = xml(_bytes_of(path, member), member)
        if _plain(root.tag) != _ROOT:
            raise Refused(tell("has <{tag}> as its root, not <assessmentResult>", tag=_plain(root.tag)))
        who = next((_attribute(one, "sourcedid") for one in _children(root, "context")), "")
        test = next((_attribute(one, "identifier") for one in _children(root, "testresult")), "")
        items = [_session(one) for one in _children(root, "itemresult")]
        candidate = _LED.sub("", who)

        # Its test says the form, by exam, form and digest: other exams may print the same papers. Where a
        # system calls tests by names of its own, its questions do, if all say the same.
        screen: ScreenForm | None = None
        if (said := digest_in(test)) is not None:
            found = forms.get(said)
            screen = found if found is not None and test == found.test(layout.exam) else None
        elif len(digests := {digest_in(one.name) for one in items}) == 1:
            screen = forms.get(digests.pop() or "")
        form = screen.name if screen else test or "-"
        attempts = str(max((one.attempts for one in items), default=0))
        if screen is None:
            reason = "unknown_form"
        else:
            marks = _marks(items, screen, layout.options[screen.name])
    except _ResultFault as fault:
        reason = fault.reason
    except (Refused, OSError) as error:
        reason, attempts = NOT_A_RESULT, system_words(error) if isinstance(error, OSError) else str(error)
        if isinstance(error, Refused) and error.problems:
            attempts = str(error.problems[0].message)
    cells = [candidate, form, *marks, *[""] * (most - len(marks)), member, attempts]
    fields = [visible(cell) for cell in cells]
    text = StringIO()
    csv.writer(text, lineterminator="").writerow(fields)
    return TableRecord(line, fields, text.getvalue().replace("\n", " "), reason)


@lru_cache(maxsize=512)
def _plain(name: str) -> str:
    """An element or attribute by its name, however a version writes it: `qti-item-result`, `itemResult`."""
    local = name.rpartition("}")[2].lower()
    return local.removeprefix("qti-").replace("-", "")


def _attribute(element: Any, name: str) -> str:
    found = next((value for key, value in element.attrib.items() if _plain(key) == name), "")
    return str(found).strip()


def _children(element: Any, name: str) -> list[Any]:
    return [child for child in element if isinstance(child.tag, str) and _plain(child.tag) == name]


def _session(item: Any) -> ItemSession:
    """The session of an item. What was chosen stands under the variable that our packages declare, or, where
    a system gives variables names of its own, under the only one that there is: a blank is an empty variable,
    never one that was looked for under another name."""
    name = _attribute(item, "identifier")
    status = _attribute(item, "sessionstatus").lower()
    variables = [
        one for one in _children(item, "responsevariable") if _attribute(one, "identifier") not in _OF_SESSION
    ]
    called = [_attribute(one, "identifier") for one in variables]
    own = [one for one, said in zip(variables, called, strict=True) if said == RESPONSE]
    tried = [
        text
        for one in _children(item, "responsevariable")
        if _attribute(one, "identifier") == "numAttempts"
        for text in _values(one)
    ]
    attempts = max([0, *(int(text) for text in tried if re.fullmatch(r"\d{1,6}", text))])
    found = own or variables
    fault = None
    if not found and status != "initial":
        fault = tell("{question} has no response variable", question=name)
    elif len(found) > 1:
        fault = tell(
            "{question} has several response variables: {names}", question=name, names=listed(called)
        )
    elif any(
        any(
            (response.text or "").strip()
            or any((one.tail or "").strip() for one in response)
            or any(isinstance(one.tag, str) and _plain(one.tag) != "value" for one in response)
            for response in _children(one, "candidateresponse")
        )
        for one in found
    ):
        fault = tell(
            "{question}: the response under {name} is not given as <value>", question=name, name=called[0]
        )
    chosen = tuple(dict.fromkeys(_values(found[0]))) if found and fault is None else ()
    return ItemSession(name, status, chosen, attempts, fault)


def _values(variable: Any) -> list[str]:
    return [
        text
        for response in _children(variable, "candidateresponse")
        for value in _children(response, "value")
        if (text := "".join(value.itertext()).strip())
    ]


@lru_cache(maxsize=64)
def _numbers(screen: ScreenForm) -> dict[str, int]:
    """The questions of a form by their names."""
    return {screen.question(n): n for n in range(1, screen.n_questions + 1)}


def _marks(items: Sequence[ItemSession], screen: ScreenForm, options: Sequence[int]) -> list[str]:
    """The letters of each question. Raises _Fault with the first reason why they are not sure."""
    numbers = _numbers(screen)
    if any(one.name not in numbers for one in items):
        raise _ResultFault("unknown_question")
    if any(one.status not in (*_SUBMITTED, "initial") for one in items) or not any(
        one.status in _SUBMITTED for one in items
    ):
        raise _ResultFault(NOT_FINISHED)
    if unread := next((one.fault for one in items if one.fault is not None), None):
        raise Refused(unread)
    found: dict[int, str] = {}
    for one in items:
        number = numbers[one.name]
        if not set(one.chosen) <= set(choices(options[number - 1])):
            raise _ResultFault(UNKNOWN_CHOICE)
        mark = "|".join(sorted(one.chosen))
        if found.setdefault(number, mark) != mark:
            raise _ResultFault("question_repeated")
    if len(found) < screen.n_questions:
        raise _ResultFault("question_missing")
    return [found[number] for number in range(1, screen.n_questions + 1)]
