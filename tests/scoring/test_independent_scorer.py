"""A scorer of its own, from key.csv and the answer file alone, agrees in every cell.

It shares nothing with examgen but the rules: the csv module, dictionaries and whole numbers.
"""

from __future__ import annotations

import csv
import io
from collections import defaultdict
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

import numpy as np
import polars as pl
import pytest

from examgen.core.column_names import KEY
from examgen.core.models.decisions import Judgement, PassRule
from examgen.scoring.simulations import SimulatedForm, simulate_forms
from examgen.scoring.synthetic import dirty, synthetic_csv
from tests.scoring.small_exams import Scores, score

PCS = [f"E{e}.{k}" for e in (1, 2) for k in (1, 2, 3, 4)]
N_ITEMS, N_CANDIDATES, N_DIRTY, OPTIONS = 40, 2400, 360, 4
CRITERIA = [("U", pc.split(".")[0], pc) for pc in PCS]


def key_rows() -> list[dict[str, object]]:
    """Two forms; E1.4 has two items, E2.3 is on form A only, E2.4 is never asked; points 1 or 2."""
    asked = {
        "A": [*PCS[:3] * 12, "E1.4", "E1.4", "E2.3", "E2.3"],
        "B": [*PCS[:3] * 10, "E1.4", "E1.4", *["E2.1", "E2.2"] * 4],
    }
    return [
        {
            "form": form, "question": n, "item": f"{pc}-{n}{form}", "unit": "U", "element": pc[:2], "pc": pc,
            "key": "A|C" if n % 13 == 0 else "ABCD"[(n * 7 + len(form + pc)) % 4], "points": 2 if n % 10 == 0 else 1,
        }
        for form, pcs in asked.items()
        for n, pc in enumerate(pcs, 1)
    ]  # fmt: skip


def answer_file(keys: list[dict[str, object]]) -> str:
    forms = [
        SimulatedForm(
            item_ids=tuple(str(row["item"]) for row in rows),
            keys=tuple(
                sum(1 << "ABCD".index(letter) for letter in str(row["key"]).split("|")) for row in rows
            ),
            n_options=(OPTIONS,) * N_ITEMS,
            a=(np.nan,) * N_ITEMS,
            b=(np.nan,) * N_ITEMS,
        )
        for rows in ([row for row in keys if row["form"] == form] for form in "AB")
    ]
    drawn = simulate_forms(forms, N_CANDIDATES, seed=11)
    return dirty(synthetic_csv(["AB"[k] for k in drawn.form], drawn.marks), N_DIRTY, seed=12)


# ── the independent scorer ───────────────────────────────────────────────────────────────────

SAME = str.maketrans("abcdeกขคงจ12345๑๒๓๔๕ＡＢＣＤＥ", "ABCDE" * 5)


def letters(cell: str) -> str:
    """The letters marked, `` for a blank, `!` for nonsense."""
    text = cell.strip().translate(SAME).replace("|", "").replace(",", "")
    good = len(set(text)) == len(text) and set(text) <= set("ABCD")
    return "" if text in ("", "-", ".") else text if good else "!"


def independent(answers: str, key_csv: str) -> tuple[list[list[str]], list[list[str]], list[list[str]]]:
    keys: dict[str, list[dict[str, str]]] = defaultdict(list)
    for row in csv.DictReader(io.StringIO(key_csv)):
        keys[row["form"]].append(row)
    header, *rows = csv.reader(io.StringIO(answers))
    sat: dict[str, list[tuple[str, list[str]]]] = {}
    for cells in rows:
        if len(cells) == len(header) and cells != header and cells[0].strip() and cells[1].strip() in keys:
            sat.setdefault(cells[0].strip(), []).append(
                (cells[1].strip(), [letters(cell) for cell in cells[2:-1]])
            )
    people, results, tally = [], [], defaultdict(list)
    for candidate, times in sat.items():
        if any(time != times[0] for time in times):
            continue
        form, marks = times[0]
        got, most, asked = defaultdict(int), defaultdict(int), defaultdict(int)
        for mark, item in zip(marks, keys[form], strict=True):
            got[item["pc"]] += int(item["points"]) * (mark in item["key"].split("|"))
            most[item["pc"]] += int(item["points"])
            asked[item["pc"]] += 1
        total, top = sum(got.values()), sum(most.values())
        good = total * 100 >= 55 * top and all(
            got[pc] * 100 >= 20 * most[pc] for pc in asked if pc[:2] == "E1"
        )
        single, several = sum(len(m) == 1 and m != "!" for m in marks), sum(len(m) > 1 for m in marks)
        kinds = map(str, [single, marks.count(""), several, marks.count("!")])
        whole, passed = two(Fraction(100 * total, top)), "pass" if good else "fail"
        people.append([candidate, form, str(total), str(top), whole, passed, *kinds, "yes"])
        line = [candidate, form]
        for pc in PCS:
            if not asked[pc]:
                line += ["", "", "not_assessed"]
                continue
            met = "met" if got[pc] * 10 >= 6 * most[pc] else "not_met"
            percent, status = Fraction(100 * got[pc], most[pc]), met if asked[pc] >= 3 else "insufficient"
            line += [str(got[pc]), two(percent), status]
            tally[pc].append((percent, status))
        results.append(line)
    coverage = []
    for pc in PCS:
        percents, statuses = [p for p, _ in tally[pc]], [s for _, s in tally[pc]]
        items = [str(sum(item["pc"] == pc for item in keys[form])) for form in keys]
        mean = two(sum(percents) / len(percents)) if percents else ""
        counts = [str(statuses.count(s)) for s in ("met", "not_met", "insufficient")]
        coverage.append(["U", pc[:2], pc, *items, str(len(percents)), mean, *counts])
    return people, results, coverage


def two(value: Fraction) -> str:
    exact = Decimal((value * 100).numerator) / Decimal((value * 100).denominator)
    hundredths = exact.quantize(Decimal(1), ROUND_HALF_UP)
    return f"{hundredths / 100:.2f}"


# ── the comparison ───────────────────────────────────────────────────────────────────────────


@pytest.fixture(scope="module")
def both() -> tuple[Scores, tuple[list[list[str]], list[list[str]], list[list[str]]]]:
    keys = key_rows()
    answers = answer_file(keys)
    key = pl.DataFrame(keys, schema=KEY)
    rule = PassRule(percent=55, criteria={"E1.*": 20})
    found = score(answers.encode("utf-8-sig"), key, CRITERIA, Judgement(), rule, n_options=OPTIONS)
    return found, independent(answers, key.write_csv())


def cells(table: pl.DataFrame) -> list[list[str]]:
    return [["" if value is None else str(value) for value in row] for row in table.rows()]


def test_candidates_agree_in_every_cell(both: tuple[Scores, tuple[list[list[str]], ...]]) -> None:
    scores, (people, _, _) = both
    assert len(people) > 2000
    assert cells(scores.candidates.drop("second_look")) == people
    assert {person[5] for person in people} == {"pass", "fail"}


def test_pc_results_agree_in_every_cell(both: tuple[Scores, tuple[list[list[str]], ...]]) -> None:
    scores, (_, results, _) = both
    assert cells(scores.pc_results) == results
    statuses = {cell for row in results for cell in row[4::3]}
    assert statuses == {"met", "not_met", "insufficient", "not_assessed"}


def test_coverage_agrees_in_every_cell(both: tuple[Scores, tuple[list[list[str]], ...]]) -> None:
    scores, (_, _, coverage) = both
    assert cells(scores.pc_coverage) == coverage


def test_every_dirty_row_is_accounted_for(
    both: tuple[Scores, tuple[list[list[str]], ...]],
) -> None:
    scores, _ = both
    added = 3 * N_DIRTY // 12
    rows = scores.audit["rows"]
    assert rows["read"] == N_CANDIDATES + added
    assert rows["read"] == scores.candidates.height + rows["identical_repeats"] + scores.quarantine.height
    assert rows["identical_repeats"] == N_DIRTY // 12
    assert len(set(scores.quarantine["reason"])) == 6
