"""Answers to personal booklets: simulated, scored by each one's own key, against a scorer of its own."""

from __future__ import annotations

import random
from collections import defaultdict
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

import pytest

from examgen.core.exam.package import read_package
from examgen.core.files import write_file
from examgen.core.problems import WrongUsage
from examgen.scoring import score as sittings
from examgen.scoring import simulations
from tests.sittings import Rows, build, list_of, print_for, table, write_table


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return build(tmp_path / "exam")


def percent(part: int, whole: int) -> str:
    return str((Decimal(100 * part) / whole).quantize(Decimal("0.01"), ROUND_HALF_UP))


def answers_of(folder: Path, seed: int) -> Rows:
    """Random answers to the booklets, some to base forms, and one to a booklet that nobody has."""
    chance = random.Random(seed)
    rows = [
        {"candidate_id": row["candidate_id"], "form": row["form"]}
        for row in table(folder / "secure/candidates.csv")
        if row["candidate_id"]
    ]
    rows += [
        {"candidate_id": f"z{n}", "form": form} for n, form in enumerate(["A", "B", "A-0001", "A-0001-00"])
    ]
    for row in rows:
        row |= {f"Q{n}": chance.choice(["A", "B", "C", "D", "", "AB"]) for n in range(1, 17)}
    return rows


@pytest.mark.parametrize("n", [40, 130])  # few forms and many take different ways through scoring
def test_scores_are_those_of_a_scorer_that_knows_the_key_file_alone(
    folder: Path, tmp_path: Path, n: int
) -> None:
    print_for(folder, list_of(n))
    rows = answers_of(folder, 7)
    answers = tmp_path / "answers.csv"
    write_table(answers, rows)
    sittings.score(folder, [answers])
    keys: dict[str, Rows] = defaultdict(list)
    for row in table(folder / "secure/key.csv"):
        keys[row["form"]].append(row)
    found = {row["candidate_id"]: row for row in table(folder / "results/candidates.csv")}
    by_pc = {row["candidate_id"]: row for row in table(folder / "results/pc_results.csv")}
    assert len(found) == n
    for row in rows[:n]:
        right = [
            (k["pc"], len(row[f"Q{k['question']}"]) == 1 and row[f"Q{k['question']}"] in k["key"].split("|"))
            for k in keys[row["form"]]
            if k["points"] == "1"
        ]
        got = found[row["candidate_id"]]
        assert (int(got["score"]), got["max_score"]) == (sum(r for _, r in right), "14")
        assert got["percent"] == percent(sum(r for _, r in right), 14)
        assert int(got["blank"]) == sum(row[f"Q{q}"] == "" for q in range(1, 17))
        for pc in ("E1.01", "E1.02", "E2.01"):
            mine = [r for of, r in right if of == pc]
            assert by_pc[row["candidate_id"]][f"{pc}_correct"] == str(sum(mine))
    aside = table(folder / "results/quarantine.csv")
    assert [(row["candidate_id"], row["reason"]) for row in aside] == [
        (f"z{k}", "not_on_list") for k in range(4)
    ]
    coverage = table(folder / "results/pc_coverage.csv")
    assert [name for name in coverage[0] if name.startswith("items_")] == ["items_A", "items_B"]
    assert sum(int(row["items_A"]) for row in coverage) == 14


def test_who_marks_the_same_texts_has_the_same_score_whatever_the_order(folder: Path, tmp_path: Path) -> None:
    """Every candidate of form A marks the same option of each item; so does everybody of form B."""
    print_for(folder, list_of(24))
    sat = read_package(folder).exam
    marked = {
        p.item.id: sorted(p.item.options)[n % 3] for form in sat.forms for n, p in enumerate(form.items)
    }
    letters: dict[str, list[str]] = defaultdict(list)
    for row in table(folder / "secure/forms.csv"):
        letters[row["form"]].append("ABCDE"[row["options"].split().index(marked[row["item"]])])
    lines = ["candidate_id,form,answers"]
    dealt = [row for row in table(folder / "secure/candidates.csv") if row["candidate_id"]]
    lines += [f"{row['candidate_id']},{row['form']},{''.join(letters[row['form']])}" for row in dealt]
    write_file(tmp_path / "answers.csv", "\n".join(lines).encode())
    sittings.score(folder, [tmp_path / "answers.csv"])
    scores: dict[str, set[str]] = defaultdict(set)
    for row in table(folder / "results/candidates.csv"):
        scores[row["form"][0]].add(row["score"])
    assert {form: len(found) for form, found in scores.items()} == {"A": 1, "B": 1}


def test_simulated_answers_are_of_the_candidates_that_were_dealt_booklets(
    folder: Path, tmp_path: Path
) -> None:
    print_for(folder, list_of(40))
    answers = tmp_path / "answers.csv"
    simulations.simulate(folder, 35, 3, answers)
    rows = table(answers)
    dealt = [row for row in table(folder / "secure/candidates.csv") if row["candidate_id"]]
    assert [(r["candidate_id"], r["form"]) for r in rows] == [
        (r["candidate_id"], r["form"]) for r in dealt[:35]
    ]
    assert {row["synthetic"] for row in rows} == {"yes"}
    scored = sittings.score(folder, [answers])
    assert (scored.audit["rows"]["scored"], scored.audit["rows"]["quarantined"]) == (35, 0)
    scores = [int(row["score"]) for row in table(folder / "results/candidates.csv")]
    mean = sum(scores) / len(scores)
    assert 5 < mean < 11  # of 14, about half is right where difficulty is 0 on average
    simulations.simulate(folder, 35, 3, tmp_path / "again.csv")
    assert (tmp_path / "again.csv").read_bytes() == answers.read_bytes()
    with pytest.raises(WrongUsage, match="only 40 candidates were assigned"):
        simulations.simulate(folder, 41, 3, answers)
