"""What becomes of a scoring after it: corrections of its key, decisions on its rows, and later scorings.

The effect of every correction is what a scorer of its own finds with the corrected key, and nothing that a run had is
left out unseen.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.guards import plain_scorer
from tests.guards.commands import Examgen, read_csv, write_csv
from tests.guards.plain_scorer import LETTERS, Question, Rule, compare, read_forms
from tests.guards.small_exams import (
    RULES,
    SAID,
    answers,
    codes,
    contents,
    corrections,
    two_forms,
    wide,
    with_answers,
    write_yaml,
)

QUIET = "--no-signals"
"""What else a scoring may look at costs time, and is no matter of this guard."""


@pytest.fixture(scope="module")
def package(examgen: Examgen, starter: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return two_forms(examgen, starter, tmp_path_factory.mktemp("bank"))


@pytest.fixture
def folder(package: Path, tmp_path: Path) -> Path:
    return with_answers(package, tmp_path)


def runs(folder: Path) -> list[str]:
    return sorted(path.name for path in (folder / "results/runs").glob("[0-9]*"))


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

    decided: list[list[object]] = [["file", "line", "candidate_id", "form", "reason", "by", "date"]]
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
    both: list[Rule] = [{"kind": "drop", "item": q.item} for q in read_forms(folder)["A"][:2]]
    path = corrections(folder, both)
    fewer = write_yaml(cwd / "fewer.yaml", [both[0] | SAID])
    examgen("score", folder, north, south, QUIET, cwd=cwd)
    first = contents(folder / "results/runs/0001")
    examgen("score", folder, north, south, "--corrections", path, QUIET, cwd=cwd)
    before = contents(folder)
    for words in ((), ("--corrections", fewer)):
        ran = examgen("score", folder, north, south, *words, "--json", cwd=cwd, status=1)
        assert codes(ran) == {"leaves-out-corrections"}
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
