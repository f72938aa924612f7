"""An edited package does not pass `verify`: what nobody renews is found as it is, the rest by the minutes.

The minutes have the fingerprints of the exam, of the package as it is printed, of each run and of each release.
Whoever can write the package can write all of it anew, digests and all; those fingerprints are out of reach.
Edits are made on the files, without examgen: each on a fresh copy of a sitting that was scored twice and released.

What `verify` cannot find today, and nothing here asks: a report edited together with the record of its files.
What is cut off a record behind the last act that anything knows, the minutes alone tell: `test_record.py`.
"""

from __future__ import annotations

import hashlib
import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import blake3
import pytest

from tests.guards.commands import Examgen

# Beyond the contract: how files are bound to each other today, and where they lie in a package.
DIGESTS: tuple[Callable[[bytes], str], ...] = (
    lambda data: hashlib.sha256(data).hexdigest(),
    lambda data: blake3.blake3(data).hexdigest(),
)
RECORD = "sitting/record.jsonl"
RUN = "results/runs/{:04d}".format
BOUND_BY = ("exam.yaml", "audit.json", "package.yaml", "record.jsonl", ".examgen")
"""Names of files that hold digests of others."""


def seal(rest: dict[str, object]) -> str:
    """The seal of a JSON object."""
    text = json.dumps(rest, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


BLUEPRINT = """
exam: X
title: {th: ทดสอบ, en: Test}
units: [DG-TWRT-007]
forms: 2
items: 10
statuses: [draft]
time_min: 45
pass: {percent: 60}
judgement: {min_items: 1, percent: 60}
seed: 3
"""
CORRECTIONS = "- {kind: drop, form: A, question: 1, only_here: true, reason: r, by: ก, date: 2026-11-20}\n"
DAY = ("--date", "2026-11-21")
ACTS: tuple[tuple[str, tuple[tuple[str, ...], ...]], ...] = (
    ("built", (("build", "bp.yaml"), ("simulate", "output/X", "--candidates", "20", "--seed", "1", "--out", "answers.csv"))),
    ("printed", (("render", "output/X"),)),
    ("scored", (("take", "output/X", "answers.csv", "--by", "ก"), ("score", "output/X"))),
    ("reported", (("report", "output/X", "--kind", "cohort", "--no-pdf"),)),
    ("scored again", (
        ("decide", "output/X", "SYN-00003", "--as", "disqualified", "--reason", "r", "--by", "ก", *DAY),
        ("take", "output/X", "c.yaml", "--by", "ก"), ("score", "output/X"),
    )),
    ("released", (
        ("release", "output/X", "--run", "2", "--by", "K", "--reason", "minute 1", *DAY, "--open-looks", "x"),
        ("report", "output/X", "--kind", "cohort", "--no-pdf"),
    )),
)  # fmt: skip
"""What is done to a package; a copy is kept after each."""


class Sitting(NamedTuple):
    """Copies of a package after each act, and what the minutes say in the end."""

    copies: dict[str, Path]
    minutes: dict[str, str]

    @property
    def whole(self) -> Path:
        """The package after the last act."""
        return self.copies["released"]


@pytest.fixture(scope="module")
def sitting(examgen: Examgen, starter: Path, tmp_path_factory: pytest.TempPathFactory) -> Sitting:
    """A sitting that was scored twice, released and reported."""
    above = tmp_path_factory.mktemp("sitting")
    place = Path(shutil.copytree(starter, above / "workspace"))
    (place / "bp.yaml").write_text(BLUEPRINT, "utf-8")
    (place / "c.yaml").write_text(CORRECTIONS, "utf-8")
    copies = {}
    for name, commands in ACTS:
        for words in commands:
            assert examgen(*words, cwd=place, status=None).status in (0, 3), words
        copies[name] = Path(shutil.copytree(place / "output/X", above / name))
        assert not is_found(examgen, copies[name]), name
    told = examgen("verify", copies["released"], "--json", cwd=above).json
    minutes = dict(told["fingerprints"])
    minutes |= {f"run {one['run']}": one["sha256"] for one in told["runs"]}
    minutes |= {f"release {one['release']}": one["sha256"] for one in told["releases"]}
    assert sorted(minutes) == ["exam", "package", "release 1", "run 1", "run 2"]
    return Sitting(copies, {name: digest[:16] for name, digest in minutes.items()})


def is_found(examgen: Examgen, package: Path, *fingerprints: str) -> bool:
    """Whether `verify` refuses a package, given fingerprints: status 1, or 2 where it sees no package at all."""
    words = [word for one in fingerprints for word in ("--fingerprint", one)]
    status = examgen("verify", package, *words, cwd=package.parent, status=None).status
    assert status in (0, 1, 2)
    return status != 0


def files(package: Path) -> list[str]:
    """Every file of a package, by its path in it."""
    return sorted(path.relative_to(package).as_posix() for path in package.rglob("*") if path.is_file())


class Edited:
    """A package whose files are edited one at a time and put back."""

    def __init__(self, sitting: Sitting, folder: Path) -> None:
        self._whole = sitting.whole
        self.package = Path(shutil.copytree(sitting.whole, folder / "edited"))

    def passes(self, examgen: Examgen, name: str, data: bytes | None, *fingerprints: str) -> bool:
        """Whether a file with other bytes, or without it, passes `verify` and is not put right by it."""
        path = self.package / name
        old = path.read_bytes() if path.exists() else None
        assert data != old, "nothing was edited"
        put(path, data)
        passed = not is_found(examgen, self.package, *fingerprints)
        put_right = old is not None and path.exists() and path.read_bytes() == old
        put(path, old)
        return passed and not put_right


def put(path: Path, data: bytes | None) -> None:
    """Write a file, or remove it."""
    if data is None:
        path.unlink(missing_ok=True)
    else:
        path.write_bytes(data)


def other_byte(data: bytes) -> bytes:
    """The same with another letter or digit near its end."""
    at = max(n for n, byte in enumerate(data) if chr(byte).isalnum() and byte < 128)
    return data[:at] + (b"2" if data[at : at + 1] == b"1" else b"1") + data[at + 1 :]


def without_end(data: bytes) -> bytes:
    """The same without its last line, or without its last bytes where that is all."""
    return data[: data.rstrip().rfind(b"\n") + 1] or data[:-7]


EDITS: tuple[Callable[[bytes], bytes | None], ...] = (
    other_byte,
    lambda _: None,
    without_end,
    lambda data: data + b"\n" + data.rstrip().rpartition(b"\n")[2] + b"\n",
)
"""Another byte; removed; cut at the end; a line added."""


def edited_files(examgen: Examgen, sitting: Sitting, folder: Path, every: int) -> list[str]:
    """Edit each file, in each way or in one of `every`; those that pass `verify` with the minutes."""
    edited, passed = Edited(sitting, folder), []
    for n, name in enumerate(files(sitting.whole)):
        for m, edit in enumerate(EDITS):
            data = edit((sitting.whole / name).read_bytes())
            if (n + m) % every == 0:
                minutes = (sitting.minutes["package"],) if name == "exam.yaml" else ()  # how it was printed
                if edited.passes(examgen, name, data, *minutes):
                    passed.append(name)
    assert not is_found(examgen, edited.package, *sitting.minutes.values())
    return passed


def test_a_file_that_is_edited_is_found(examgen: Examgen, sitting: Sitting, tmp_path: Path) -> None:
    assert edited_files(examgen, sitting, tmp_path, len(EDITS)) == []


@pytest.mark.long("two hundred and forty edits; a quarter of them are always made")
def test_a_file_that_is_edited_in_any_way_is_found(
    examgen: Examgen, sitting: Sitting, tmp_path: Path
) -> None:
    assert edited_files(examgen, sitting, tmp_path, 1) == []


def fields_of_the_exam(examgen: Examgen, sitting: Sitting, folder: Path, every: int) -> list[str]:
    """Edit each value of exam.yaml, or one in `every`; those that pass `verify` although runs were scored."""
    lines = (sitting.whole / "exam.yaml").read_text("utf-8").splitlines(keepends=True)
    lines = lines[
        : lines.index("printing:\n")
    ]  # a later printing is no edit: the fingerprint of the package tells
    free = range(lines.index("notices_translatable:\n"), lines.index("void_approvals: []\n"))  # notices again
    values = (n for n, line in enumerate(lines) if not line.rstrip().endswith((":", "{}", "[]")))
    at = [n for n in values if n not in free]
    edited, passed = Edited(sitting, folder), []
    rest = (sitting.whole / "exam.yaml").read_text("utf-8").splitlines(keepends=True)[len(lines) :]
    for n in at[::every]:
        other = other_byte(lines[n].encode()).decode()
        text = "".join([*lines[:n], other, *lines[n + 1 :], *rest])
        if edited.passes(examgen, "exam.yaml", text.encode()):
            passed.append(lines[n])
    assert len(at) > 80
    return passed


def test_an_edited_value_of_the_exam_is_found(examgen: Examgen, sitting: Sitting, tmp_path: Path) -> None:
    assert fields_of_the_exam(examgen, sitting, tmp_path, 9) == []


@pytest.mark.long("each of a hundred values; one in nine is always edited")
def test_any_edited_value_of_the_exam_is_found(examgen: Examgen, sitting: Sitting, tmp_path: Path) -> None:
    assert fields_of_the_exam(examgen, sitting, tmp_path, 1) == []


def test_a_file_put_back_from_an_older_copy_or_from_elsewhere_is_found(
    examgen: Examgen, sitting: Sitting, tmp_path: Path
) -> None:
    edited, passed, n_tried = Edited(sitting, tmp_path), [], 0
    for name in files(sitting.whole):
        now = (sitting.whole / name).read_bytes()
        elsewhere = {copy / name for copy in sitting.copies.values()}
        elsewhere |= {sitting.whole / folder / Path(name).name for folder in (RUN(1), RUN(2), "results")}
        others = {path.read_bytes() for path in elsewhere if path.is_file()} - {now}
        minutes = (sitting.minutes["package"],) if name == "exam.yaml" else ()
        n_tried += len(others)
        passed += [name for data in sorted(others) if edited.passes(examgen, name, data, *minutes)]
    assert passed == []
    assert n_tried >= 10


def test_a_file_that_is_added_is_found(examgen: Examgen, sitting: Sitting, tmp_path: Path) -> None:
    edited = Edited(sitting, tmp_path)
    places = ("papers/booklet-C.pdf", "secure/notes.txt", "results/more.csv", f"{RUN(1)}/more.csv",
              "reports/run-0002/cohort/more.html", "sitting/answers/more.csv")  # fmt: skip
    assert [name for name in places if edited.passes(examgen, name, b"x")] == []


def test_a_line_of_the_record_that_is_edited_is_found(
    examgen: Examgen, sitting: Sitting, tmp_path: Path
) -> None:
    lines = (sitting.whole / RECORD).read_bytes().splitlines(keepends=True)
    assert len(lines) == 4
    edits = {}
    for n, line in enumerate(lines):
        before, after, parsed = lines[:n], lines[n + 1 :], json.loads(line)
        assert parsed["by"]
        parsed["by"] = "somebody else"
        edits[f"{n} changed"] = [*before, json.dumps(parsed, ensure_ascii=False).encode() + b"\n", *after]
        edits[f"{n} twice"] = [*before, line, line, *after]
        if after:
            edits[f"{n} gone"] = [*before, *after]
            edits[f"{n} and the next exchanged"] = [*before, after[0], line, *after[1:]]
            edits[f"{n} and all before gone"] = after
        edits[f"cut at {n}"] = before  # run 2 rests on three acts, the last report on the fourth
    edited = Edited(sitting, tmp_path)
    assert [what for what, data in edits.items() if edited.passes(examgen, RECORD, b"".join(data))] == []


def test_runs_and_folders_that_are_moved_or_gone_are_found(
    examgen: Examgen, sitting: Sitting, tmp_path: Path
) -> None:
    def moved(*pairs: tuple[str, str]) -> Callable[[Path], None]:
        def move(package: Path) -> None:
            for old, new in pairs:
                (package / old).rename(package / new)

        return move

    def copied(old: str, new: str) -> Callable[[Path], None]:
        def copy(package: Path) -> None:
            shutil.rmtree(package / new, ignore_errors=True)
            shutil.copytree(sitting.whole / old, package / new)

        return copy

    ways: dict[str, Callable[[Path], object]] = {
        "run 1 gone": lambda package: shutil.rmtree(package / RUN(1)),
        "run 2 gone": lambda package: shutil.rmtree(package / RUN(2)),
        "runs exchanged": moved((RUN(1), "aside"), (RUN(2), RUN(1)), ("aside", RUN(2))),
        "run 1 as run 2": copied(RUN(1), RUN(2)),
        "run 2 as run 3": copied(RUN(2), RUN(3)),
        "the report of run 1 as that of run 2": copied("reports/run-0001", "reports/run-0002"),
        "results gone": lambda package: shutil.rmtree(package / "results"),
        "the record gone": lambda package: shutil.rmtree(package / "sitting"),
        "papers gone": lambda package: shutil.rmtree(package / "papers"),
        "secure open to others": lambda package: (package / "secure").chmod(0o755),
    }  # fmt: skip
    missed = []
    for n, (name, edit) in enumerate(ways.items()):
        package = Path(shutil.copytree(sitting.whole, tmp_path / str(n)))
        edit(package)
        if not is_found(examgen, package):
            missed.append(name)
    assert missed == []


def test_an_older_copy_of_the_whole_package_is_found_by_the_minutes(
    examgen: Examgen, sitting: Sitting
) -> None:
    """An older copy is whole in itself; whatever was told after it was made is missing from it."""
    holds = {
        "built": {"exam"},
        "printed": {"exam", "package"},
        "scored": {"exam", "package", "run 1"},
        "reported": {"exam", "package", "run 1"},
        "scored again": {"exam", "package", "run 1", "run 2"},
        "released": set(sitting.minutes),
    }
    for name, copy in sitting.copies.items():
        held = {which for which, told in sitting.minutes.items() if not is_found(examgen, copy, told)}
        assert held == holds[name], name
    assert not is_found(examgen, sitting.whole, *sitting.minutes.values())
    assert is_found(examgen, sitting.copies["scored again"], *sitting.minutes.values())
    assert is_found(examgen, sitting.whole, "0123456789abcdef")


def test_older_results_record_or_releases_in_the_newest_package_are_found(
    examgen: Examgen, sitting: Sitting, tmp_path: Path
) -> None:
    minutes = sitting.minutes.values()
    for n, name in enumerate(("scored", "scored again")):
        for folder in ("results", "sitting"):
            package = Path(shutil.copytree(sitting.whole, tmp_path / f"{n}{folder.replace('/', '')}"))
            shutil.rmtree(package / folder)
            if (old := sitting.copies[name] / folder).is_dir():
                shutil.copytree(old, package / folder)
            if (name, folder) != (
                "scored again",
                "results",
            ):  # a release is in the record: these are the same
                assert is_found(examgen, package, *minutes), (name, folder)


# ── written anew by somebody who knows how files are bound ───────────────────────────────────

Change = Callable[[str], str]
PASS_MARK: Change = lambda text: text.replace("percent: 60", "percent: 40", 1)  # noqa: E731
ALL_PASS: Change = lambda text: text.replace(",fail,", ",pass,")  # noqa: E731
OTHER_KEY: Change = lambda text: re.sub(  # noqa: E731
    "^A,1,(.*),([A-D]),", lambda hit: f"A,1,{hit[1]},{'A' if hit[2] == 'B' else 'B'},", text, flags=re.M
)
FORGERIES: dict[str, tuple[dict[str, Change], set[str]]] = {
    "another pass mark": (
        dict.fromkeys(
            ("exam.yaml", "results/package.yaml", f"{RUN(1)}/package.yaml", f"{RUN(2)}/package.yaml"), PASS_MARK
        ),
        {"exam", "package", "run 1", "run 2", "release 1"},
    ),
    "another key": ({"secure/key.csv": OTHER_KEY}, {"package", "run 1", "run 2", "release 1"}),
    "all pass in run 2": (
        {f"{RUN(2)}/candidates.csv": ALL_PASS, "results/candidates.csv": ALL_PASS}, {"run 2", "release 1"},
    ),
    "all pass in run 1": ({f"{RUN(1)}/candidates.csv": ALL_PASS}, {"run 1", "run 2", "release 1"}),
    "another reason of the release": (
        {RECORD: lambda text: text.replace("minute 1", "minute 2")}, {"release 1"},
    ),
    "an answer of the sitting": (
        {"sitting/answers/answers.csv": lambda text: text.replace(",A,yes", ",B,yes", 1)},
        {"run 1", "run 2", "release 1"},
    ),
    "who was disqualified": (
        {RECORD: lambda text: text.replace("SYN-00003", "SYN-00004")}, {"run 2", "release 1"},
    ),
}  # fmt: skip
"""What is edited, and which lines of the minutes then name what is no longer there."""


@pytest.mark.parametrize("forgery", FORGERIES)
def test_what_is_written_anew_with_all_its_digests_is_found_by_the_minutes(
    examgen: Examgen, sitting: Sitting, tmp_path: Path, forgery: str
) -> None:
    changes, gone = FORGERIES[forgery]
    package = Path(shutil.copytree(sitting.whole, tmp_path / "forged"))
    write_anew(sitting.whole, package, changes)
    assert all((sitting.whole / name).read_bytes() != (package / name).read_bytes() for name in changes)
    for name in gone:
        assert is_found(examgen, package, sitting.minutes[name]), name


def write_anew(whole: Path, package: Path, changes: dict[str, Change]) -> None:
    """Edit files, and put the digests of what differs in place of those before, until all agree."""
    bound = [name for name in files(whole) if Path(name).name in BOUND_BY]
    new: dict[str, str] = {}
    for _ in range(12):
        for name in {*bound, *changes}:
            text = changes.get(name, str)((whole / name).read_bytes().decode())
            text = "".join(new.get(part, part) for part in re.split(r"\b([0-9a-f]{64})\b", text))
            (package / name).write_bytes(sealed(text).encode())
        before, new = new, {}
        for name in files(package):
            for old, now in pairs((whole / name).read_bytes(), (package / name).read_bytes()):
                new |= {digest(old): digest(now) for digest in DIGESTS}
        if new == before:
            return
    raise AssertionError("digests that never agree")


def pairs(old: bytes, now: bytes) -> list[tuple[bytes, bytes]]:
    """A file and its lines, before and after, as far as they differ."""
    lines = list(zip(old.splitlines(), now.splitlines(), strict=False))
    both = [(old, now), *lines, *((a + b"\n", b + b"\n") for a, b in lines)]
    return [(a, b) for a, b in both if a != b]


def sealed(text: str) -> str:
    """A JSON object under the seal of what it holds now; any other text as it is."""
    try:
        data = json.loads(text)
    except ValueError:
        return text
    if not isinstance(data, dict) or "seal" not in data:
        return text
    old = data.pop("seal")
    return text.replace(old, seal(data))
