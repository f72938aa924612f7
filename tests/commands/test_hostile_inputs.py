"""Files that would take all the time or memory of a machine: each is refused, or done, in a few seconds."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import yaml

from tests.commands.conftest import Ran, Run, write_blueprint

SECONDS, BYTES = 10, 2 << 30
"""Of one process's work and address space: what it takes more than that ends it."""


def bounded(*words: object, seconds: int = SECONDS) -> Ran:
    """A command in a process of its own, which is ended where it works too long or takes too much memory."""

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
        resource.setrlimit(resource.RLIMIT_AS, (BYTES, BYTES))

    ran = subprocess.run(
        [sys.executable, "-m", "examgen", *map(str, words)],
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=limit,
        env={**os.environ, "OPENBLAS_NUM_THREADS": "1"},
    )
    assert "Traceback" not in ran.stderr
    return Ran(ran.returncode, ran.stdout, ran.stderr)


@contextmanager
def soon(seconds: int = 20) -> Iterator[None]:
    """What waits for ever is interrupted."""

    def stop(*_: object) -> None:
        raise AssertionError("it waits")

    before = signal.signal(signal.SIGALRM, stop)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def change_item(workspace: Path, **changes: object) -> Path:
    """The first item with other fields."""
    path = workspace / "item_bank/T-1/items/E1.01.yaml"
    items = yaml.safe_load(path.read_text("utf-8"))
    items[0] |= changes
    path.write_text(yaml.safe_dump(items, allow_unicode=True, sort_keys=False), "utf-8")
    return path


# ── time and memory ──────────────────────────────────────────────────────────────────────────


@pytest.mark.long("a bound on time and memory that a paper of its own is printed for")
def test_a_seat_far_away_makes_no_plan_of_a_billion_places(workspace: Path, run: Run) -> None:
    run.ok("build", "bp.yaml")
    seats = ("A1", "Z999999999", "ZZZZ99")
    lines = [f"{n},ก,{seat}" for n, seat in enumerate(seats, 1)]
    Path("list.csv").write_text("\n".join(["candidate_id,name,seat", *lines]), "utf-8")
    ran = bounded("render", "output/T-1-L4", "--candidates", "list.csv", seconds=30)
    assert ran.status == 0, ran.text
    Path("list.csv").write_text(f"candidate_id,seat\n1,{'9' * 190}\n", "utf-8")
    assert "`seat` has 190 characters. At most 50 can be printed" in run.refused(
        "render", "output/T-1-L4", "--candidates", "list.csv"
    )


@pytest.mark.long("bounds on time and memory")
@pytest.mark.parametrize(
    ("more", "said"),
    [
        ("".join(f"field{n}: 1\n" for n in range(100_000)), "and 99,900 more errors of this kind"),
        ("scoring: {wrong: 1e999999999}", "scoring.wrong"),
        (f"x: {'1:' * 400_000}1", "too long a number"),
        ("x: [" + "a," * 2_000_000 + "a]", "Split it"),
    ],
    ids=["unknown fields", "a power", "a number of base 60", "parts"],
)
def test_a_blueprint_is_refused_soon(workspace: Path, more: str, said: str) -> None:
    Path("bad.yaml").write_text(Path("bp.yaml").read_text("utf-8") + more, "utf-8")
    ran = bounded("build", "bad.yaml", "--dry-run")
    assert ran.status == 1, ran.text[:2000]
    assert said in ran.err
    assert len(ran.err) < 20_000


@pytest.mark.long("a bound on time and memory")
def test_points_of_a_large_table_are_converted_soon(workspace: Path, run: Run) -> None:
    write_blueprint(workspace / "bp.yaml", items=30)
    run.ok("build", "bp.yaml")
    package, answers = "output/T-1-L4", "answers.csv"
    run.ok("simulate", package, "--candidates", 5, "--seed", 1, "--out", answers)
    Path("scaled.yaml").write_text("table:\n" + "".join(f"  {n}: {n}\n" for n in range(60_000)))
    ran = bounded("score", package, answers, "--scaled", "scaled.yaml", "--no-signals")
    assert ran.status == 0, ran.text
    Path("scaled.yaml").write_text("slope: 1e-999999999\nintercept: 1\n")
    ran = bounded("score", package, answers, "--scaled", "scaled.yaml")
    assert ran.status == 1
    assert "at most 20 decimals" in ran.err


def test_an_item_of_a_megabyte_is_refused_before_it_is_judged(workspace: Path) -> None:
    change_item(workspace, stem="1" * 1_000_000)
    ran = bounded("bank", "check")
    assert ran.status == 1
    assert "E1.01-001 stem: must have at most 40000 characters" in ran.err


@pytest.mark.parametrize(
    "drawn",
    [
        '<path d="M0 0' + "L1 1" * 1_250_000 + '"/>',
        '<marker id="m"><path d="M0 0"/></marker><path marker-mid="url(#m)" d="M0 0'
        + "L1 1" * 50_000
        + '"/>',
        f"<style>{'a{fill:red}' * 5_000}</style>" + '<rect width="1" height="1"/>' * 5_000,
    ],
    ids=["a path", "markers", "styles"],
)
def test_a_drawing_that_takes_minutes_is_refused_by_name(workspace: Path, run: Run, drawn: str) -> None:
    media = workspace / "item_bank/T-1/media"
    media.mkdir()
    (media / "p.svg").write_text(f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9">{drawn}</svg>')
    change_item(workspace, stem="![ภาพ](p.svg) ข้อใดถูก")
    assert "image 'p.svg'" in run.refused("bank", "check")


@pytest.mark.long("bounds on time and memory")
@pytest.mark.parametrize(
    ("name", "line", "said"),
    [
        ("u.txt", f"{'๑' * 25_000}\n{'1' * 12_500}.{'1' * 12_500}\n{'mso-' * 9_000}{'<!--' * 1_000}{'![' * 500}", ""),
        ("u.txt", "กข " * 7_000_000, "49 MB"),
        ("u.html", "<!--" * 49_000, ""),
        ("u.html", "<tr><td>" * 100_000, "tags"),
    ],
    ids=["long lines", "50 MB", "open comments", "tags"],
)  # fmt: skip
def test_units_are_read_or_refused_soon(tmp_path: Path, root: Path, name: str, line: str, said: str) -> None:
    text = (root / "examgen/data/example-unit.txt").read_text("utf-8")
    if name.endswith(".html"):
        text = "<html><body>" + "".join(f"<p>{one}</p>" for one in text.splitlines())
    (tmp_path / name).write_text(f"{text}\n{line}", "utf-8")
    ran = bounded("unit", "import", tmp_path / name, "--into", tmp_path / "bank")
    assert ran.status == (1 if said else 0), ran.text[:500]
    assert said in ran.err


def test_a_file_too_large_to_be_read_is_refused_unread(workspace: Path) -> None:
    path = workspace / "item_bank/T-1/items/E1.01.yaml"
    os.truncate(path, 4 << 30)
    ran = bounded("bank", "check")
    assert ran.status == 1
    assert "larger than the maximum of 50 MB" in ran.err


# ── what is not a file ──────────────────────────────────────────────────────────────────────────

NEEDED = """
bank check                                              item_bank/T-1/items/E1.02.yaml
build pipe.yaml                                         pipe.yaml
unit import pipe.txt                                    pipe.txt
bank import pipe.xlsx --unit T-1 --dry-run              pipe.xlsx
bank review T-1 pipe.xlsx                               pipe.xlsx
render output/T-1-L4 --candidates pipe.csv              pipe.csv
render output/T-1-L4 --papers pipe.yaml                 pipe.yaml
render output/T-1-L4 --password-file pipe.txt           pipe.txt
score output/T-1-L4 pipe.csv                            pipe.csv
score output/T-1-L4 a.csv --corrections pipe.yaml       pipe.yaml
score output/T-1-L4 a.csv --roster pipe.csv             pipe.csv
score output/T-1-L4 a.csv --identities pipe.csv         pipe.csv
score output/T-1-L4 a.csv --marks pipe.csv              pipe.csv
score output/T-1-L4 a.csv --scaled pipe.yaml            pipe.yaml
analyse items pipe.csv                                  pipe.csv
analyse items a.csv --key pipe.csv                      pipe.csv
analyse items a.csv --control pipe.csv                  pipe.csv
verify-report pipe.pdf --key pipe.json                  pipe.json
verify-report pipe.pdf --key key.public.json            pipe.pdf
verify output/T-1-L4                                    output/T-1-L4/exam.yaml
verify output/T-1-L4                                    output/T-1-L4/secure/items.yaml
verify output/T-1-L4                                    output/T-1-L4/secure/key.csv
score output/T-1-L4 a.csv                               output/T-1-L4/secure/key.csv
"""
"""Commands that cannot do without a file, and that file."""
OPTIONAL = """
bank check                                              item_bank/T-1/stimuli.yaml
bank check                                              item_bank/T-1/reviews.yaml
bank check                                              item_bank/T-1/media/p.png
bank coverage T-1                                       item_bank/T-1/statistics.csv
bank review T-1 --ratings                               item_bank/T-1/ratings.yaml
bank show E1.01-001 --preview p.html                    templates/preview.html
bank show E1.01-001 --preview p.html                    templates/words.txt
"""


def test_no_command_waits_for_a_pipe(workspace: Path, run: Run) -> None:
    for words in (
        "build bp.yaml",
        "simulate output/T-1-L4 --candidates 5 --seed 1 --out a.csv",
        "site keys key.pem --body B",
    ):
        run.ok(*words.split())
    for line in (*NEEDED.split("\n"), *OPTIONAL.split("\n")):
        if not line:
            continue
        *words, name = line.split()
        path = workspace / name
        before = path.read_bytes() if path.is_file() else None
        path.parent.mkdir(exist_ok=True)
        path.unlink(missing_ok=True)
        os.mkfifo(path)
        with soon():
            ran = run(*words, *(["--date", "2026-06-19"] if "review-import" in words else []))
        assert ran.status in ((1, 2) if line in NEEDED else (0, 1, 2)), f"{line}\n{ran.text}"
        path.unlink()
        if before is not None:
            path.write_bytes(before)


def test_a_link_to_a_device_is_no_file(workspace: Path, run: Run) -> None:
    path = workspace / "item_bank/T-1/items/E1.02.yaml"
    path.unlink()
    path.symlink_to("/dev/zero")
    assert "a pipe or a device" in run.refused("bank", "check")


# ── characters that turn the direction of writing ────────────────────────────────────────────

TURNING = ["\u202e", "\u2067", "\u200f"]


def test_a_list_with_a_direction_mark_is_refused(workspace: Path, run: Run) -> None:
    run("build", "bp.yaml")
    run("simulate", "output/T-1-L4", "--candidates", 5, "--seed", 1, "--out", "a.csv")
    plain = {"candidate_id": "0001", "name": "ก", "room": "R", "seat": "A1", "note": "x"}
    for place in plain:
        for mark in TURNING:
            cells = {**plain, place: f"ก{mark}321"}
            Path("list.csv").write_text(f"{','.join(cells)}\n{','.join(cells.values())}\n", "utf-8")
            for words in (
                "render output/T-1-L4 --candidates list.csv",
                "score output/T-1-L4 a.csv --roster list.csv",
            ):
                assert (
                    f"`{place}` contains the invisible character U+{ord(mark):04X} at position 2"
                    in run.refused(*words.split())
                )


@pytest.mark.parametrize("written", ["\u202e", "&#x202e;", "&#8238;"])
@pytest.mark.parametrize("field", ["stem", "reference", "id"])
def test_an_item_with_a_direction_mark(workspace: Path, run: Run, field: str, written: str) -> None:
    path = change_item(workspace, **{field: f"ก{written}321"})
    ran = run("bank", "check")
    if written == "\u202e" or field == "stem":
        assert ran.status == 1
        assert "U+202E" in ran.err
    path.write_text(path.read_text("utf-8").replace("\u202e", ""), "utf-8")


def test_a_word_of_the_command_line_with_a_direction_mark_is_refused(workspace: Path, run: Run) -> None:
    assert "U+202E at position 2" in run.refused(
        "bank", "status", "T-1", "E1.01-001", "--to", "review", "--by", "a\u202eb", status=2
    )


def test_a_mark_that_is_only_unseen_tells_no_two_candidates_apart(workspace: Path, run: Run) -> None:
    run("build", "bp.yaml")
    Path("list.csv").write_text("candidate_id,name\n0001,ก\n00\u200b01,ข\n", "utf-8")
    assert "candidate 0001 is on lines 2 and 3" in run.refused(
        "render", "output/T-1-L4", "--candidates", "list.csv"
    )
