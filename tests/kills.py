"""Real commands, killed (SIGKILL) before each change of the disk in turn.

A process that has imported examgen and done nothing else is copied for every command, so that a kill costs
what the command costs. A change is what opens a file to write, makes, renames, links, removes or re-modes.

    python -m tests.kills [--every N] [--from K] [CASE …]       one line of JSON for each case
"""

from __future__ import annotations

import argparse
import json
import os
import pickle
import shutil
import signal
import subprocess
import sys
import tempfile
import traceback
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple

from tests.every_command import every_command
from tests.sittings import OPEN_LOOKS

CHANGES = frozenset((
    "open", "os.mkdir", "os.rename", "os.remove", "os.rmdir", "os.chmod", "os.link", "os.symlink", "os.truncate",
))  # fmt: skip
_TO_WRITE = os.O_WRONLY | os.O_RDWR | os.O_CREAT
OURS = (".examgen-tmp", ".printing-", ".scoring-", ".lock")
Prepare = Callable[[Path], tuple[str, ...] | None]
"""Writes what stands before a command; returns words of the command that are known only then."""


class Case(NamedTuple):
    """A command to kill; what stands before it; commands that look at what a kill left."""

    prepare: Prepare
    words: tuple[str, ...]
    look: tuple[tuple[str, ...], ...]
    again: tuple[int, ...] = (0,)
    """Exit statuses of the same command where it was done already."""
    halves: bool = False
    """Whether a kill may leave a part of it, which the same command completes."""


# ── in a process that is quickly copied ──────────────────────────────────────────────────────


@contextmanager
def small_process() -> Iterator[Callable[..., None]]:
    """Calls functions of modules in a process that has imported these and no more.

    To copy it takes a twentieth of what it takes to copy one that runs tests, whose memory is a gigabyte.
    """
    command = [sys.executable, "-c", "from tests.kills import serve; serve()"]
    root = Path(__file__).parents[1]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=root) as process:
        assert process.stdin
        assert process.stdout
        asked, answers = process.stdin, process.stdout

        def call(function: Callable[..., None], *arguments: object) -> None:
            pickle.dump((function, arguments), asked)
            asked.flush()
            fault = pickle.load(answers)
            assert fault is None, fault

        yield call
        asked.close()


def serve() -> None:
    """Does what standard input asks for, a call after the other; answers with what was raised."""
    os.fsync = lambda _: None  # a killed process has written what it has written
    with suppress(EOFError):
        while True:
            function, arguments = pickle.load(sys.stdin.buffer)
            try:
                function(*arguments)
                fault = None
            except Exception:
                fault = traceback.format_exc()
            pickle.dump(fault, sys.stdout.buffer)
            sys.stdout.buffer.flush()


# ── commands in processes of their own ───────────────────────────────────────────────────────


def copied(place: Path, doing: Callable[[], int], kill_at: int | None = None) -> tuple[int, int, list[str]]:
    """Does something in a copy of this process, killed before that change of a folder.

    Returns its exit status (-9), how many changes there were, and the modules that it imported."""
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        os.close(reading)
        _be(place, doing, kill_at, writing)
    os.close(writing)
    with open(reading, "rb") as pipe:
        said = pipe.read()
    _, status = os.waitpid(child, 0)
    count, modules = json.loads(said or b"[0, []]")
    return os.waitstatus_to_exitcode(status), count, modules


def _be(place: Path, doing: Callable[[], int], kill_at: int | None, writing: int) -> None:
    """The copy of this process, which never leaves here."""
    code, count, known = 70, 0, set(sys.modules)

    def hook(event: str, arguments: tuple[Any, ...]) -> None:
        nonlocal count
        if event in CHANGES and is_change(event, arguments, str(place)):
            if count == kill_at:
                os.kill(os.getpid(), signal.SIGKILL)
            count += 1

    try:
        os.chdir(place)
        sys.addaudithook(hook)
        code = doing()
    finally:
        with open(writing, "wb") as pipe:
            pipe.write(json.dumps([count, [name for name in sys.modules if name not in known]]).encode())
        os._exit(code)


def run(place: Path, words: Sequence[str], kill_at: int | None = None) -> tuple[int, int]:
    """Runs a command in a folder, killed before that change; its exit status and how many changes."""

    def command() -> int:
        log = os.open(place.parent / "log.txt", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        os.dup2(log, 1)
        os.dup2(log, 2)
        sys.argv = ["examgen", *words]
        from examgen.commands import main

        try:
            main()
        except SystemExit as stop:
            return int(stop.code or 0)
        return 0

    status, count, modules = copied(place, command, kill_at)
    for name in modules:  # so that the next one need not
        with suppress(Exception):
            import_module(name)
    return status, count


def is_change(event: str, arguments: tuple[Any, ...], place: str) -> bool:
    if event == "open" and (isinstance(arguments[0], int) or not (arguments[2] or 0) & _TO_WRITE):
        return False
    return _path(arguments).startswith(place)


def _path(arguments: tuple[Any, ...]) -> str:
    """The path that is changed; where it is told from an open folder, that folder."""
    named = arguments[0]
    first = os.readlink(f"/proc/self/fd/{named}") if isinstance(named, int) else os.fsdecode(named)
    folder = next((one for one in arguments[1:] if isinstance(one, int) and one > 2), None)
    if os.path.isabs(first) or folder is None or not os.path.isdir(f"/proc/self/fd/{folder}"):
        return os.path.abspath(first)
    return f"{os.readlink(f'/proc/self/fd/{folder}')}/{first}"


# ── the harness ──────────────────────────────────────────────────────────────────────────────


def contents(place: Path, hidden: bool = False) -> dict[str, bytes]:
    """Every file; if asked, what commands prepare, and empty folders, too."""
    return {
        name: b"" if path.is_dir() else path.read_bytes()
        for path in place.rglob("*")
        if (name := path.relative_to(place).as_posix())
        and (hidden or not name_of_ours(name))
        and (path.is_file() or (hidden and not any(path.iterdir())))
    }


def name_of_ours(name: str) -> bool:
    """Whether a path leads into what a command prepares."""
    return any(part.startswith(OURS) for part in name.split("/"))


def killed_everywhere(case: Case, every: int = 1, first: int = 0) -> dict[str, Any]:
    """Kills the command before every change of the disk, or some of them; what was seen and what was wrong."""
    above = Path(tempfile.mkdtemp(prefix="examgen-kills-"))
    try:
        return _killed(case, above, every, first)
    finally:
        shutil.rmtree(above)


def _killed(case: Case, above: Path, every: int, first: int) -> dict[str, Any]:
    begun, place = above / "begun", above / "place"
    begun.mkdir()
    words = (*case.words, *(case.prepare(begun) or ()))
    old, wrong, seen = contents(begun), list[str](), Counter[str]()
    _anew(begun, place)
    status, n = run(place, words)
    whole = contents(place, hidden=True)
    new = contents(place)
    if status not in (0, 3) or new == old or any(map(name_of_ours, whole)):
        log = (above / "log.txt").read_text()
        return {"changes": n, "kills": 0, "wrong": [f"undisturbed: status {status}: {log[-2000:]}"]}
    for change in range(first, n, every):
        _anew(begun, place)
        status, _ = run(place, words, change)
        seen["kills"] += status == -signal.SIGKILL
        raw = contents(place)
        seen["half on the disk"] += raw not in (old, new)
        for looking in case.look:
            if (status := run(place, looking)[0]) not in (0, 1, 3):
                wrong.append(f"{change}: {' '.join(looking)}: status {status}")
        state = "old" if (found := contents(place)) == old else "new" if found == new else "between"
        seen[state] += 1
        if state == "between" and not case.halves:
            wrong.append(f"{change}: between: {_differing(found, new)}")
        status, _ = run(place, words)
        if status not in case.again and not (state != "new" and status in (0, 3)):
            wrong.append(f"{change}: the same again: status {status}")
        if (last := contents(place, hidden=True)) != whole:
            wrong.append(f"{change}: not as undisturbed: {_differing(last, whole)}")
    return {"changes": n, **seen, "wrong": wrong}


def _differing(one: dict[str, bytes], other: dict[str, bytes]) -> list[str]:
    return sorted(name for name in one.keys() | other.keys() if one.get(name) != other.get(name))[:8]


def _anew(begun: Path, place: Path) -> None:
    shutil.rmtree(place, ignore_errors=True)
    shutil.copytree(begun, place, symlinks=True)


# ── the cases ────────────────────────────────────────────────────────────────────────────────


def workspace(place: Path) -> None:
    """A small bank of one unit with three files of items, and a blueprint."""
    import yaml

    from tests.samples import PCS, blueprint_data, item_data, write_unit

    write_unit(place / "item_bank", [item_data(pc, n) for pc in PCS for n in range(1, 6)])
    data = blueprint_data(forms=2, items=6, exam="X")
    (place / "bp.yaml").write_text(yaml.safe_dump(data, allow_unicode=True, sort_keys=False), "utf-8")
    (place / "output").mkdir()


def done(place: Path, *words: str) -> None:
    """A command that goes well."""
    status, _ = run(place, words)
    assert status in (0, 3), (words, (place.parent / "log.txt").read_text()[-2000:])


def filled_workbook(place: Path) -> None:
    """A workbook in which every stem was rewritten and one item added."""
    from openpyxl import load_workbook

    workspace(place)
    done(place, "bank", "export", "T-1", "items.xlsx")
    book = load_workbook(place / "items.xlsx")
    sheet = book.worksheets[0]
    for row in sheet.iter_rows():
        for cell in row:
            if isinstance(cell.value, str) and cell.value.startswith("คำถามที่"):
                cell.value += " (ใหม่)"
    book.save(place / "items.xlsx")


def replaced(place: Path) -> None:
    """A package that is printed and scored, which another one is to replace."""
    scored(place)
    text = (place / "bp.yaml").read_text("utf-8")
    (place / "bp.yaml").write_text(text.replace("items: 6", "items: 7"), "utf-8")


def scored(place: Path) -> None:
    """A package with a scored run."""
    workspace(place)
    done(place, "build", "bp.yaml")
    done(place, "simulate", "output/X", "--candidates", "60", "--seed", "1", "--out", "answers.csv")
    done(place, "score", "output/X", "answers.csv", "--no-signals")


def scored_twice(place: Path) -> None:
    """A package with two runs, of which the second is shown and the first is to be released."""
    scored(place)
    done(place, "simulate", "output/X", "--candidates", "50", "--seed", "2", "--out", "answers.csv")
    done(place, "score", "output/X", "answers.csv", "--no-signals", "--without", "candidates")


def decided(place: Path) -> None:
    """A scored sitting of which second looks are open."""
    given(place)
    done(place, "score", "output/X")


def documents(place: Path) -> None:
    """Documents of three units, none of which is in the bank."""
    workspace(place)
    folder = Path(__file__).parent / "data/units"
    for name in ("cook-cp874", "baker-numbers-like-codes", "data-own-line"):
        shutil.copy(folder / f"{name}.txt", place)


def two_editions(place: Path) -> tuple[str, str]:
    """A unit and a revised edition of it: one item's criterion moves, another one's is gone."""
    import yaml

    from examgen.core.resources import builtin
    from tests.commands.test_editions import CODE, document, revise
    from tests.samples import item_data

    folder = place / "item_bank" / CODE
    (folder / "items").mkdir(parents=True)
    shutil.copy(builtin("item_bank") / CODE / "unit.yaml", folder)
    for pc in ("A4011.01", "A4011.02", "A4012.03", "A4013.01"):
        items = yaml.safe_dump([item_data(pc, 1)], allow_unicode=True, sort_keys=False)
        (folder / "items" / f"{pc}.yaml").write_text(items, "utf-8")
    data = yaml.safe_load((folder / "unit.yaml").read_text("utf-8"))
    revise(data)
    (place / "revised.txt").write_text(document(data), "utf-8")
    done(place, "unit", "import", "revised.txt")
    [waiting] = (folder / "editions").iterdir()
    return "--to", waiting.name


def given(place: Path) -> None:
    """A sitting with answers, and others, decisions and corrections that are to come."""
    from examgen.core import record

    record.now = lambda: "2026-12-20T12:00:00+07:00"  # the record says when
    scored(place)
    shutil.rmtree(place / "output/X/results")
    done(place, "take", "output/X", "answers.csv", "--by", "ก")
    lines = (place / "answers.csv").read_text("utf-8-sig").splitlines()
    for name, some in (("answers.csv", lines[:21]), ("late.csv", [lines[0], *lines[21:]])):
        (place / name).write_text("\n".join(some) + "\n", "utf-8")
    (place / "c.yaml").write_text(
        "- {kind: drop, form: A, question: 1, only_here: true, reason: r, by: ก, date: 2026-11-20}\n", "utf-8"
    )


def passed(place: Path) -> None:
    """A released run of people who have names, some of whom met the unit."""
    from examgen.core import record
    from tests.sittings import table

    given(place)
    record.now = lambda: "2026-12-20T12:00:00+07:00"
    numbers = {row["candidate_id"] for row in table(place / "answers.csv")}
    people = "".join(f"{who},คน\n" for who in sorted(numbers))
    (place / "roster.csv").write_text(f"candidate_id,name\n{people}", "utf-8")
    done(place, "take", "output/X", "roster.csv", "--as", "roster", "--by", "ก")
    done(place, "score", "output/X")
    words = ("--run", "1", "--by", "ก", "--reason", "ข", "--date", "2026-11-20")
    done(place, "release", "output/X", *words, *OPEN_LOOKS)


def decided_on_rows(place: Path) -> None:
    """The same, with decisions on rows of its answers and on one of others."""
    given(place)
    done(place, "take", "output/X", "late.csv", "--by", "ก")
    lines = "".join(f"{name},2,1,A,r,ก,2026-11-20\n" for name in ("answers.csv", "late.csv"))
    (place / "marks.csv").write_text(f"file,line,question,answer,reason,by,date\n{lines}", "utf-8")
    done(place, "take", "output/X", "marks.csv", "--by", "ก")


def assessed(place: Path) -> None:
    """An interview with ratings of which some lie far apart, others that are to come, and what was decided."""
    import yaml

    from examgen.core import record
    from examgen.core.resources import builtin
    from tests.assessing.interviews import UNIT, rated, write, write_ratings
    from tests.sittings import table

    record.now = lambda: "2026-12-20T12:00:00+07:00"
    for name in ("unit.yaml", "instruments"):
        whole = builtin("item_bank") / UNIT / name
        copy = shutil.copytree if whole.is_dir() else shutil.copy
        (place / "item_bank" / UNIT).mkdir(parents=True, exist_ok=True)
        copy(whole, place / "item_bank" / UNIT / name)
    data = yaml.safe_load((builtin("item_bank") / UNIT / "blueprints/interview-7.yaml").read_text("utf-8"))
    (place / "bp.yaml").write_text(yaml.safe_dump({**data, "exam": "X"}, allow_unicode=True), "utf-8")
    (place / "output").mkdir()
    done(place, "build", "bp.yaml")
    people = [f"70{n:03d}" for n in range(12)]
    ratings = rated(place / "output/X", people, far={people[0]: 1, people[1]: 2})
    late = {one: points for one, points in ratings.items() if one[0] in people[8:]}
    first = {one: points for one, points in ratings.items() if one not in late}
    write_ratings(place / "ratings.csv", first)
    write_ratings(place / "late.csv", late)
    done(place, "take", "output/X", "ratings.csv", "--by", "ก")
    done(place, "score", "output/X")
    still = table(place / "output/X/results/to_moderate.csv")
    lines = ((row["candidate_id"], row["task"], 1, "ประธาน", "2026-11-21", "r") for row in still)
    write(place / "moderation.csv", lines, ("candidate_id", "task", "points", "by", "date", "reason"))


MOVED = ("E1.01-001", "E1.02-001", "E2.01-001")
PAIRS = ("A4011.01=A4011.01", "A4012.03=A4012.03", "A4013.01=A4012.05")
_CHECK = ("bank", "check")
_VERIFY = ("verify", "output/X")
CASES: dict[str, Case] = {
    "bank import": Case(filled_workbook, ("bank", "import", "items.xlsx"), (_CHECK,)),
    "bank status": Case(
        workspace,
        (*["bank", "status", "T-1", "E1.01-001", "E1.02-001", "E2.01-001", "--to", "review", "--by", "ก", "--date", "2026-01-01"],),
        (("bank", "review", "T-1"),),
        (1,),
    ),
    "unit import": Case(
        documents,
        ("unit", "import", "cook-cp874.txt", "baker-numbers-like-codes.txt", "data-own-line.txt"),
        (_CHECK,),
        (0, 3),
    ),
    "bank remap": Case(
        two_editions,
        ("bank", "remap", "ASM-REE-5-059ZB", "--by", "ก", *(f"--pair={pair}" for pair in PAIRS)),
        (_CHECK,),
        (2,),
    ),
    "release": Case(
        scored_twice,
        ("release", "output/X", "--run", "1", "--by", "ก", "--reason", "ข", *OPEN_LOOKS),
        (_VERIFY,),
    ),
    "decide": Case(
        decided,
        ("decide", "output/X", "--all-open", "--as", "upheld", "--by", "ก", "--reason", "ข"),
        (("decide", "output/X"), _VERIFY),
        (2,),
    ),
    "take": Case(
        given,
        (*["take", "output/X", "answers.csv", "late.csv", "c.yaml", "--replace", "--reason", "r", "--by", "ก"],),
        (("take", "output/X"), _VERIFY),
    ),
    "take --back": Case(
        decided_on_rows,
        ("take", "output/X", "--back", "answers.csv", "--reason", "r", "--by", "ก"),
        (("take", "output/X"), _VERIFY),
        (1,),
    ),
    "take ratings": Case(
        assessed,
        ("take", "output/X", "late.csv", "moderation.csv", "--by", "ก"),
        (("take", "output/X"), _VERIFY),
    ),
    "certificate issue": Case(
        passed,
        ("certificate", "issue", "output/X", "--by", "ก", "--until", "2126-01-01"),
        (("certificate", "list"), _VERIFY),
    ),
    "report": Case(scored, ("report", "output/X", "--no-pdf", "--kind", "cohort"), (_VERIFY,)),
    "build": Case(workspace, ("build", "bp.yaml"), ()),
    "build --replace": Case(replaced, ("build", "bp.yaml", "--replace"), (_VERIFY,)),
    "analyse --write-back": Case(
        scored,
        ("analyse", "exam", "output/X", "--no-pdf", "--write-back", "--synthetic", "--date", "2026-01-01"),
        (_CHECK, _VERIFY),
        halves=True,
    ),
}  # fmt: skip


def main() -> int:
    """Kills the cases named, or all; exit status 1 where anything was wrong."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("cases", nargs="*", metavar="CASE", help=", ".join(CASES))
    parser.add_argument("--every", type=int, default=1)
    parser.add_argument("--from", type=int, default=0, dest="first")
    asked = parser.parse_args()
    bad = False
    dict(every_command())  # made once, not in every copy
    for name in asked.cases or CASES:
        found = killed_everywhere(CASES[name], asked.every, asked.first)
        print(json.dumps({"command": name, **found}, ensure_ascii=False), flush=True)
        bad = bad or bool(found["wrong"])
    return int(bad)


if __name__ == "__main__":
    sys.exit(main())
