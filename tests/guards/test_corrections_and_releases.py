"""What becomes of a scoring: corrections of its key, decisions on its rows, later scorings, and its release.

The effect of every correction is what a scorer of its own finds with the corrected key. What was released moves only
by another release, and whatever is left out or touched is noticed.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.guards import plain_scorer
from tests.guards.commands import Examgen, Ran, read_csv, write_csv
from tests.guards.plain_scorer import LETTERS, Question, Rule, compare, read_forms
from tests.guards.small_exams import blueprint, build, drawn_answers, item, wide, write_unit, write_yaml

QUIET = "--no-signals"
SAID = {"reason": "key was mistyped", "by": "ครูสมชาย", "date": "2026-11-20"}
RELEASE = ("--by", "คณะกรรมการ", "--date", "2026-11-25")
LOOKS = ("--open-looks", "minutes 7/2569")
RULES: dict[str, Any] = {
    "scoring": {"several": "all", "wrong": "1/4", "floor": "none"},
    "pass": {"percent": 50, "criteria": {"E1.01": 20}},
}


@pytest.fixture(scope="module")
def package(examgen: Examgen, starter: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two forms of 18 items, 12 of them on both, some with two right answers."""
    workspace = tmp_path_factory.mktemp("bank") / "workspace"
    shutil.copytree(starter, workspace)
    pool = [item(pc, n) for pc in ("E1.01", "E1.02", "E2.01") for n in range(1, 8)]
    write_unit(workspace, "C-1", [*pool, *(item("E1.02", n, key=["a", "c"]) for n in range(11, 15))])
    return build(examgen, workspace, "plain", blueprint(["C-1"], forms=2, items=18, overlap=12, **RULES))


@pytest.fixture
def folder(package: Path, tmp_path: Path) -> Path:
    """The package, with answers of 120 candidates beside it in two files."""
    folder = Path(shutil.copytree(package, tmp_path / "exam"))
    rows = drawn_answers(folder, 120, seed=9)
    wide(tmp_path / "north.csv", rows[:70])
    wide(tmp_path / "south.csv", rows[70:])
    return folder


def answers(folder: Path) -> list[Path]:
    return [folder.parent / "north.csv", folder.parent / "south.csv"]


def runs(folder: Path) -> list[str]:
    return sorted(path.name for path in (folder / "results/runs").glob("[0-9]*"))


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def shown(folder: Path) -> int:
    """The run whose results people see."""
    return int(json.loads((folder / "results/audit.json").read_text("utf-8"))["run"])


def codes(ran: Ran) -> set[str]:
    return {problem["code"] for problem in ran.json["problems"]}


def corrections(folder: Path, entries: list[Rule]) -> Path:
    return write_yaml(folder.parent / "corrections.yaml", [one | SAID for one in entries])


# ── corrections ──────────────────────────────────────────────────────────────────────────────


class Places:
    """Questions of form A, each taken once: some that form B asks too, and some that it does not."""

    def __init__(self, folder: Path) -> None:
        self.forms = read_forms(folder)
        elsewhere = {q.item for q in self.forms["B"]}
        numbered = list(enumerate(self.forms["A"], 1))
        self.shared = [place for place in numbered if place[1].item in elsewhere]
        self.alone = [place for place in numbered if place[1].item not in elsewhere]

    def several(self) -> tuple[int, Question]:
        return next(self.shared.pop(k) for k, (_, q) in enumerate(self.shared) if len(q.right) > 1)

    def wrong(self, question: Question) -> tuple[str, str]:
        """A letter that is not right, and its option."""
        letter = next(one for one in LETTERS if one not in question.right)
        return letter, question.options[LETTERS.index(letter)]


def by_item(places: Places) -> list[Rule]:
    """Every kind, each of an item on all forms."""
    (_, two), (_, a), (_, b), (_, c), (_, d) = places.several(), *(places.shared.pop() for _ in range(4))
    return [
        {"kind": "accept", "item": two.item, "key": places.wrong(two)[1]},
        {"kind": "rekey", "item": a.item, "key": places.wrong(a)[1]},
        {"kind": "drop", "item": b.item},
        {"kind": "credit_all", "item": c.item},
        {"kind": "credit_answered", "item": d.item},
    ]


def by_question(places: Places) -> list[Rule]:
    """Every kind, each of a question of form A, here alone or wherever its item is asked; letters are of form A."""
    entries: list[Rule] = []
    for reach in ("only_here", "everywhere"):
        for kind in ("rekey", "accept", "drop", "credit_all", "credit_answered"):
            number, question = places.shared.pop()
            one: Rule = {"kind": kind, "form": "A", "question": number, reach: True}
            letter = places.wrong(question)[0]
            thai = dict(zip(LETTERS, "กขคงจ", strict=True))[letter]
            entries.append(
                one
                | ({"key": thai if reach == "everywhere" else letter} if kind in ("rekey", "accept") else {})
            )
    return entries


def on_top(places: Places) -> list[Rule]:
    """A new key and more that is accepted, of one item; two right answers in place of one; questions of one form."""
    (_, a), (_, b), (m, c), (n, _) = (
        places.shared.pop(),
        places.shared.pop(),
        *(places.alone.pop() for _ in range(2)),
    )
    first, second = [o for k, o in enumerate(a.options) if LETTERS[k] not in a.right][:2]
    return [
        {"kind": "rekey", "item": a.item, "key": first},
        {"kind": "accept", "item": a.item, "key": second},
        {
            "kind": "rekey",
            "item": b.item,
            "key": [places.wrong(b)[1], *(b.options[LETTERS.index(o)] for o in b.right)],
        },
        {"kind": "rekey", "form": "A", "question": m, "key": places.wrong(c)[0]},
        {"kind": "drop", "form": "A", "question": n},
    ]


@pytest.mark.parametrize("entries", [by_item, by_question, on_top])
def test_a_correction_does_what_the_plain_scorer_does(
    examgen: Examgen, folder: Path, entries: Callable[[Places], list[Rule]]
) -> None:
    """With the answer files, and of the answers that the run before keeps: scores, dry run and comparison."""
    made = entries(Places(folder))
    path = corrections(folder, made)
    before, after = (plain_scorer.score(folder, RULES, answers(folder), some) for some in ([], made))
    assert before.candidates != after.candidates
    examgen("score", folder, *answers(folder), QUIET, cwd=folder.parent)
    compare(folder / "results", before)
    other = Path(shutil.copytree(folder, folder.with_name("other")))

    told = folder.with_name("told.csv")
    examgen("score", folder, "--corrections", path, "--dry-run", "--out", told, cwd=folder.parent)
    assert runs(folder) == ["0001"]
    examgen("score", folder, *answers(folder), "--corrections", path, QUIET, cwd=folder.parent)
    compare(folder / "results", after)
    changes = folder.with_name("changes.csv")
    examgen("score", folder, "--compare", "1", "2", "--out", changes, cwd=folder.parent)
    for file in (told, changes):
        assert_changes(read_csv(file), before, after)

    examgen("score", other, "--corrections", path, QUIET, cwd=folder.parent)
    for name in ("candidates.csv", "pc_results.csv", "pc_coverage.csv", "quarantine.csv"):
        assert (other / "results" / name).read_bytes() == (folder / "results" / name).read_bytes()
    audit = json.loads((folder / "results/audit.json").read_text("utf-8"))
    assert [one["kind"] for one in audit["corrections"]] == [one["kind"] for one in made]
    assert {(one["reason"], one["by"], one["date"]) for one in audit["corrections"]} == {tuple(SAID.values())}


def assert_changes(
    rows: list[dict[str, str]], before: plain_scorer.Scored, after: plain_scorer.Scored
) -> None:
    """The list has everybody whose result is another, and nobody else, with scores and decisions of both runs."""
    changed = {
        candidate
        for candidate, row in before.candidates.items()
        if any(row[name] != after.candidates[candidate][name] for name in ("score", "decision"))
        or statuses(before, candidate) != statuses(after, candidate)
    }
    listed = {row["candidate_id"] for row in rows}
    assert changed <= listed
    for row in rows:
        for when, scored in (("before", before), ("after", after)):
            own = scored.candidates[row["candidate_id"]]
            assert (row[f"score_{when}"], row[f"decision_{when}"]) == (own["score"], own["decision"])
    assert changed == listed


def statuses(scored: plain_scorer.Scored, candidate: str) -> list[str]:
    return [text for name, text in scored.pc_results[candidate].items() if name.endswith("_status")]


REFUSED: dict[str, Callable[[int, Question], Rule]] = {
    "unknown-form": lambda _, q: {"kind": "drop", "form": "Z", "question": 1},
    "unknown-question": lambda _, q: {"kind": "drop", "form": "A", "question": 99, "only_here": True},
    "unknown-item": lambda _, q: {"kind": "drop", "item": "E9.01-001"},
    "unknown-option": lambda _, q: {"kind": "rekey", "item": q.item, "key": "e"},
    "item-stands-elsewhere": lambda n, q: {"kind": "drop", "form": "A", "question": n},
    "correction-of-nothing": lambda _, q: {"kind": "rekey", "item": q.item, "key": [q.options[LETTERS.index(o)] for o in q.right]},
    "corrections-contradict": lambda n, q: {"kind": "credit_all", "form": "A", "question": n, "only_here": True},
}  # fmt: skip


def test_a_correction_that_names_nothing_or_contradicts_is_refused_and_nothing_written(
    examgen: Examgen, folder: Path
) -> None:
    examgen("score", folder, *answers(folder), QUIET, cwd=folder.parent)
    before = contents(folder)
    number, question = Places(folder).shared[0]
    for code, entry in REFUSED.items():
        also = [{"kind": "drop", "item": question.item}] if code == "corrections-contradict" else []
        path = corrections(folder, [*also, entry(number, question)])
        ran = examgen(
            "score", folder, *answers(folder), "--corrections", path, "--json", cwd=folder.parent, status=1
        )
        assert codes(ran) == {code}
    for field in SAID:
        unsigned = {"kind": "drop", "item": question.item} | {k: v for k, v in SAID.items() if k != field}
        path = write_yaml(folder.parent / "corrections.yaml", [unsigned])
        examgen("score", folder, *answers(folder), "--corrections", path, cwd=folder.parent, status=1)
    assert contents(folder) == before


# ── repeats, and rows that differ ────────────────────────────────────────────────────────────


def test_rows_of_one_candidate_are_a_repeat_or_all_set_aside_until_somebody_decides(
    examgen: Examgen, folder: Path
) -> None:
    north, south = answers(folder)
    rows = [[c, form, *cells] for c, form, cells in plain_scorer.read_answers(north)]
    other = [rows[3][0], *rows[5][1:]]
    wide(north, [*rows, rows[0], other, rows[3]])
    more = [[c, form, *cells] for c, form, cells in plain_scorer.read_answers(south)]
    wide(south, [*more, rows[1], [rows[2][0], *rows[4][1:]]])
    examgen("score", folder, north, south, QUIET, cwd=folder.parent, status=3)
    found = plain_scorer.score(folder, RULES, [north, south])
    assert found.rows == {"read": 125, "scored": 118, "identical_repeats": 2, "quarantined": 5}
    compare(folder / "results", found)

    decided = [["file", "line", "candidate_id", "form", "reason", "by", "date"]]
    decided += [["north.csv", 73, "-", "", *SAID.values()], ["south.csv", 53, "0777", "", *SAID.values()]]
    identities = write_csv(folder.parent / "identities.csv", decided)
    examgen("score", folder, north, south, "--identities", identities, QUIET, cwd=folder.parent, status=3)
    wide(north, [*rows, rows[0], rows[3]])
    wide(south, [*more, rows[1], ["0777", *rows[4][1:]]])
    found = plain_scorer.score(folder, RULES, [north, south])
    own = {row["candidate_id"]: row for row in read_csv(folder / "results/candidates.csv")}
    assert {c: row["score"] for c, row in own.items()} == {
        c: row["score"] for c, row in found.candidates.items()
    }
    assert [row["reason"] for row in read_csv(folder / "results/quarantine.csv")] == ["voided_by_grader"]


# ── a later scoring ──────────────────────────────────────────────────────────────────────────


def test_a_later_scoring_that_leaves_something_out_is_refused(examgen: Examgen, folder: Path) -> None:
    north, south = answers(folder)
    cwd = folder.parent
    path = corrections(folder, [{"kind": "drop", "item": read_forms(folder)["A"][0].item}])
    examgen("score", folder, north, south, QUIET, cwd=cwd)
    first = contents(folder / "results/runs/0001")
    examgen("score", folder, north, south, "--corrections", path, QUIET, cwd=cwd)
    before = contents(folder)
    assert codes(examgen("score", folder, north, south, "--json", cwd=cwd, status=1)) == {
        "leaves-out-corrections"
    }
    ran = examgen("score", folder, north, "--corrections", path, "--json", cwd=cwd, status=1)
    assert codes(ran) == {"leaves-out-answers"}
    rows = [[c, form, *cells] for c, form, cells in plain_scorer.read_answers(south)]
    wide(south, rows[1:])
    ran = examgen("score", folder, north, south, "--corrections", path, "--json", cwd=cwd, status=1)
    assert codes(ran) == {"leaves-out-candidates"}
    wide(south, rows)
    assert contents(folder) == before
    examgen("score", folder, north, south, "--without", "corrections", QUIET, cwd=cwd)
    third = contents(folder / "results/runs/0003")
    assert third.keys() == first.keys()
    assert {name for name in third if third[name] != first[name]} == {"audit.json"}
    assert (
        contents(folder).items() >= {name: data for name, data in before.items() if "/runs/" in name}.items()
    )
    examgen("score", folder, north, "--without", "answers", QUIET, cwd=cwd)
    compare(folder / "results", plain_scorer.score(folder, RULES, [north]))


# ── releases ─────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def released(examgen: Examgen, folder: Path) -> Path:
    """Run 1, which is released, and run 2, in which the key was corrected."""
    path = corrections(folder, [{"kind": "credit_all", "item": read_forms(folder)["A"][0].item}])
    examgen("score", folder, *answers(folder), QUIET, cwd=folder.parent)
    examgen(
        "release", folder, "--run", "1", *RELEASE, *LOOKS, "--reason", "minutes 7/2569", cwd=folder.parent
    )
    examgen("score", folder, "--corrections", path, QUIET, cwd=folder.parent)
    return folder


def test_a_later_scoring_cannot_move_what_was_released(examgen: Examgen, released: Path) -> None:
    cwd, results = released.parent, released / "results"
    assert runs(released) == ["0001", "0002"]
    record = contents(results / "releases")
    assert list(record) == ["0001.json"]
    top = {path.name: path.read_bytes() for path in results.iterdir() if path.is_file()}
    assert top == contents(results / "runs/0001")
    examgen("score", released, *answers(released), "--without", "corrections", QUIET, cwd=cwd)
    assert top == {path.name: path.read_bytes() for path in results.iterdir() if path.is_file()}
    said = json.loads(record["0001.json"])
    assert (said["release"], said["run"], said["by"]) == (1, 1, RELEASE[1])
    assert (said["reason"], said["date"]) == ("minutes 7/2569", "2026-11-25")

    examgen("release", released, "--run", "2", *RELEASE, *LOOKS, "--reason", "minutes 8/2569", cwd=cwd)
    assert shown(released) == 2
    top = {path.name: path.read_bytes() for path in results.iterdir() if path.is_file()}
    assert top == contents(results / "runs/0002")
    records = contents(results / "releases")
    assert records.keys() == {"0001.json", "0002.json"}
    assert records["0001.json"] == record["0001.json"]
    assert json.loads(records["0002.json"])["previous"] is not None
    state = {
        run["run"]: run["release"]["state"]
        for run in examgen("verify", released, "--json", cwd=cwd).json["runs"]
    }
    assert state == {1: "superseded", 2: "released", 3: "unreleased"}


def test_a_release_needs_a_run_a_name_and_a_reason(examgen: Examgen, released: Path) -> None:
    cwd, before = released.parent, contents(released)
    reason = ("--reason", "minutes 8/2569")
    for words in (
        ("--run", "2", *RELEASE, *LOOKS),
        ("--run", "2", *RELEASE, *LOOKS, "--reason", " "),
        ("--run", "2", "--by", "", *LOOKS, *reason),
        (*RELEASE, *LOOKS, *reason),
        ("--run", "9", *RELEASE, *LOOKS, *reason),
        ("--run", "2", *RELEASE, *reason),
        ("--run", "1", *RELEASE, *LOOKS, *reason),
    ):
        assert examgen("release", released, *words, cwd=cwd, status=None).status in (1, 2), words
        assert contents(released) == before, words


def edit(name: str, old: str, new: str) -> Callable[[Path], None]:
    def edited(results: Path) -> None:
        path = results / name
        text = path.read_text("utf-8")
        assert old in text
        replace(path, text.replace(old, new, 1))

    return edited


def replace(path: Path, text: str) -> None:
    path.unlink()
    path.write_text(text, "utf-8")


RECORD = ("who released", "which run", "the record is gone", "the released run is gone")
"""After these nobody can be sure which run people are told, and nothing more is scored."""
TOUCHED: dict[str, Callable[[Path], object]] = {
    "who released": edit("releases/0001.json", "คณะกรรมการ", "ใคร"),
    "which run": edit("releases/0001.json", '"run": 1', '"run": 2'),
    "the record is gone": lambda results: shutil.rmtree(results / "releases"),
    "the released run is gone": lambda results: shutil.rmtree(results / "runs/0001"),
    "a result of the released run": edit("runs/0001/candidates.csv", ",fail,", ",pass,"),
    "what is shown": edit("candidates.csv", ",fail,", ",pass,"),
    "its audit": edit("runs/0001/audit.json", '"pass": ', '"pass": 1'),
    "another run is shown": lambda results: shutil.copytree(
        results / "runs/0002", results, dirs_exist_ok=True
    ),
}


@pytest.mark.parametrize("what", TOUCHED)
def test_what_is_touched_after_a_release_is_found(examgen: Examgen, released: Path, what: str) -> None:
    cwd = released.parent
    assert not codes(examgen("verify", released, "--json", cwd=cwd))
    for path in (released / "results").rglob("*"):
        path.chmod(0o700 if path.is_dir() else 0o600)
    TOUCHED[what](released / "results")
    assert codes(examgen("verify", released, "--json", cwd=cwd, status=1))
    if "record" in what or (what.startswith("wh") and what != "what is shown"):
        path = corrections(released, [{"kind": "drop", "item": read_forms(released)["A"][1].item}])
        examgen("score", released, "--corrections", path, "--without", "corrections", cwd=cwd, status=1)
        assert runs(released) == ["0001", "0002"]


def test_the_fingerprint_in_the_minutes_tells_of_results_that_were_all_written_again(
    examgen: Examgen, released: Path
) -> None:
    cwd = released.parent
    audit = (released / "results/runs/0001/audit.json").read_bytes()
    minutes = hashlib.sha256(audit).hexdigest()[:16]
    examgen("verify", released, "--fingerprint", minutes, cwd=cwd)
    shutil.rmtree(released / "results")
    rows = [[c, form, *cells] for c, form, cells in plain_scorer.read_answers(answers(released)[0])]
    wide(
        answers(released)[0],
        [[*rows[0][:2], *("A" if cell != "A" else "B" for cell in rows[0][2:])], *rows[1:]],
    )
    examgen("score", released, *answers(released), QUIET, cwd=cwd)
    assert not codes(examgen("verify", released, "--json", cwd=cwd))
    ran = examgen("verify", released, "--fingerprint", minutes, "--json", cwd=cwd, status=1)
    assert codes(ran) == {"fingerprint-differs"}
