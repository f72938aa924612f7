"""The whole chain by its command line, and its results against an independent scorer."""

from __future__ import annotations

import csv
import json
import random
import shutil
from collections import Counter
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from pathlib import Path

import pytest
import yaml

from examgen.assembly import building as exams
from examgen.capture.reasons import QUARANTINE_REASONS
from examgen.scoring import score as sittings
from examgen.scoring import simulations
from tests.sittings import contents, table

Rows = list[dict[str, str]]
LETTER = {
    c: "ABCDE"[i]
    for alphabet in ("ABCDE", "abcde", "กขคงจ", "12345", "๑๒๓๔๕", "ＡＢＣＤＥ")
    for i, c in enumerate(alphabet)
}


def percent(part: int, whole: int) -> str:
    return str((Decimal(100 * part) / whole).quantize(Decimal("0.01"), ROUND_HALF_UP))


def independent(key_csv: Path, answers_csv: Path) -> dict[str, object]:
    """Scores from the key and the answers alone: lists and dictionaries, no examgen."""
    keys: dict[str, list[dict[str, str]]] = {}
    for row in table(key_csv):
        keys.setdefault(row["form"], []).append(row)
    with answers_csv.open(encoding="utf-8-sig", newline="") as file:
        header, *rows = list(csv.reader(file))
    aside: list[tuple[int, str]] = []
    good: dict[str, list[tuple[int, str, list[str]]]] = {}
    for line, row in enumerate(rows, start=2):
        who, form, *answers = [cell.strip() for cell in row][:-1]
        marks = ["".join(LETTER.get(c, "?") for c in a if c not in "-.,| ") for a in answers]
        reason = (
            "header_repeated" if row == header
            else "too_few_fields" if len(row) < len(header)
            else "too_many_fields" if len(row) > len(header)
            else "no_candidate" if not who
            else "unknown_form" if form not in keys
            else ""
        )  # fmt: skip
        if reason:
            aside.append((line, reason))
        else:
            good.setdefault(who, []).append((line, form, marks))
    scored, repeats = [], 0
    for who, found in good.items():
        if any(other[1:] != found[0][1:] for other in found):
            aside += [(line, "conflicting_rows") for line, _, _ in found]
        else:
            repeats += len(found) - 1
            scored.append((who, found[0][1], found[0][2]))
    return {"keys": keys, "rows": len(rows), "aside": sorted(aside), "repeats": repeats, "scored": scored}


def near_the_cut(score: int, items: int) -> bool:
    """Within one binomial standard error (Lord, 1955) of the cut at 60 per cent."""
    cut = Fraction(60 * items, 100)
    return (score - cut) ** 2 <= cut * (items - cut) / (items - 1)


def expected_tables(seen: dict[str, object]) -> tuple[Rows, Rows, Rows]:
    """candidates, pc_results and pc_coverage, cell by cell."""
    keys = seen["keys"]
    pcs = list(dict.fromkeys((k["unit"], k["element"], k["pc"]) for form in keys.values() for k in form))  # type: ignore[attr-defined]
    candidates, results, tally = [], [], {pc: Counter() for _, _, pc in pcs}  # type: ignore[var-annotated]
    shares: dict[str, list[Decimal]] = {pc: [] for _, _, pc in pcs}
    for who, form, marks in seen["scored"]:  # type: ignore[attr-defined]
        key = keys[form]  # type: ignore[index]
        known = [m and ("?" if "?" in m or len(set(m)) < len(m) or max(m) > "D" else m) for m in marks]
        right = [len(m) == 1 and m in k["key"].split("|") for m, k in zip(known, key, strict=True)]
        kinds = Counter(
            "blank" if not m else "invalid" if m == "?" else "multiple" if len(m) > 1 else "answered"
            for m in known
        )
        score = sum(right)
        candidates.append(
            {"candidate_id": who, "form": form, "score": str(score), "max_score": str(len(key)),
             "percent": percent(score, len(key)), "decision": "pass" if 100 * score >= 60 * len(key) else "fail",
             **{kind: str(kinds[kind]) for kind in ("answered", "blank", "multiple", "invalid")},
             "second_look": "yes" if near_the_cut(score, len(key)) else "no", "synthetic": "yes"}
        )  # fmt: skip
        row = {"candidate_id": who, "form": form}
        for _, _, pc in pcs:
            mine = [r for r, k in zip(right, key, strict=True) if k["pc"] == pc]
            got = sum(mine)
            status = "insufficient" if len(mine) < 3 else "met" if 100 * got >= 60 * len(mine) else "not_met"
            row |= {
                f"{pc}_correct": str(got),
                f"{pc}_percent": percent(got, len(mine)),
                f"{pc}_status": status,
            }
            tally[pc][status] += 1
            shares[pc].append(Decimal(100 * got) / len(mine))
        results.append(row)
    coverage = [
        {"unit": unit, "element": element, "pc": pc,
         **{f"items_{form}": str(sum(k["pc"] == pc for k in key)) for form, key in keys.items()},  # type: ignore[attr-defined]
         "candidates": str(len(shares[pc])),
         "mean_percent": str((sum(shares[pc]) / len(shares[pc])).quantize(Decimal("0.01"), ROUND_HALF_UP)),
         **{status: str(tally[pc][status]) for status in ("met", "not_met", "insufficient")}}
        for unit, element, pc in pcs
    ]  # fmt: skip
    return candidates, results, coverage


@pytest.fixture(
    scope="module", params=["ASM-REE-5-059ZB/blueprints/level-4.yaml", "DG-TWRT-007/blueprints/standard.yaml"]
)
def scored(
    request: pytest.FixtureRequest, root: Path, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, Path]:
    """An exam of the real bank, 1,000 synthetic candidates, 120 dirty rows, scored."""
    place = tmp_path_factory.mktemp("chain")
    built = exams.build(root / "item_bank" / request.param, root, place / "exam")
    answers = place / "answers.csv"
    simulations.simulate(built.folder, 1000, 2569, answers, dirty=120)
    sittings.score(built.folder, [answers])
    return built.folder, answers


def test_every_cell_of_every_result_is_that_of_an_independent_scorer(scored: tuple[Path, Path]) -> None:
    folder, answers = scored
    seen = independent(folder / "secure" / "key.csv", answers)
    candidates, results, coverage = expected_tables(seen)
    assert len(candidates) > 850
    assert table(folder / "results" / "candidates.csv") == candidates
    assert table(folder / "results" / "pc_results.csv") == results
    assert table(folder / "results" / "pc_coverage.csv") == coverage
    quarantine = table(folder / "results" / "quarantine.csv")
    assert sorted((int(row["line"]), row["reason"]) for row in quarantine) == seen["aside"]
    lines = answers.read_text("utf-8-sig").splitlines()
    assert all(row["raw"] == lines[int(row["line"]) - 1] for row in quarantine)
    assert {row["reason"] for row in quarantine} <= {reason.code for reason in QUARANTINE_REASONS}
    assert len({row["reason"] for row in quarantine}) >= 6
    counts = json.loads((folder / "results" / "audit.json").read_text("utf-8"))["rows"]
    assert counts == {
        "read": seen["rows"],
        "scored": len(candidates),
        "identical_repeats": seen["repeats"],
        "quarantined": len(quarantine),
    }
    assert counts["read"] == counts["scored"] + counts["identical_repeats"] + counts["quarantined"]


def test_scoring_twice_writes_the_same_bytes(scored: tuple[Path, Path]) -> None:
    folder, answers = scored
    before = contents(folder / "results")
    assert not sittings.score(folder, [answers]).is_new
    assert contents(folder / "results") == before
    assert {name for name in before if "/" not in name} == {
        "candidates.csv", "pc_results.csv", "pc_coverage.csv", "pc_scale.csv", "standard_coverage.csv",
        "quarantine.csv", "signals.csv", "reassign.csv", "responses.parquet", "package.yaml", "audit.json",
    }  # fmt: skip
    assert sittings.score(folder, [answers], folder.parent / "again").is_new
    assert {n: d for n, d in contents(folder.parent / "again").items() if n in before} == before


def test_the_order_of_options_in_the_bank_changes_no_score(root: Path, tmp_path: Path) -> None:
    """The same bank, every item's options written in another order: the same exam, the same results."""
    bank = tmp_path / "item_bank" / "DG-TWRT-007"
    shutil.copytree(root / "item_bank" / "DG-TWRT-007", bank)
    blueprint = bank / "blueprints" / "standard.yaml"
    answers = tmp_path / "answers.csv"
    first = exams.build(blueprint, tmp_path, tmp_path / "first")
    simulations.simulate(first.folder, 200, 1, answers, dirty=12)
    sittings.score(first.folder, [answers])
    for n, path in enumerate(sorted((bank / "items").glob("*.yaml"))):
        items = yaml.safe_load(path.read_text("utf-8"))
        for item in items:
            turned = list(item["options"].items())
            random.Random(n).shuffle(turned)
            item["options"] = dict(turned)
        path.write_text(yaml.safe_dump(items[::-1], allow_unicode=True, sort_keys=False), "utf-8")
    second = exams.build(blueprint, tmp_path, tmp_path / "second")
    sittings.score(second.folder, [answers])
    for name in ("candidates.csv", "pc_results.csv", "pc_coverage.csv", "quarantine.csv"):
        assert (second.folder / "results" / name).read_bytes() == (
            first.folder / "results" / name
        ).read_bytes()


def test_the_printed_order_of_options_changes_no_score(root: Path, tmp_path: Path) -> None:
    """Another seed prints other orders; who marks the same texts has the same right answers."""
    blueprint = root / "item_bank" / "DG-TWRT-007" / "blueprints" / "standard.yaml"
    built = exams.build(blueprint, root, tmp_path / "exam").exam
    marked = {p.item.id: p.order[n % 4] for n, p in enumerate(built.forms[0].items)}
    scores = []
    for turn in range(3):
        printed = tuple(
            p.model_copy(update={"order": (*p.order[turn:], *p.order[:turn])}) for p in built.forms[0].items
        )
        letters = ["ABCD"[p.order.index(marked[p.item.id])] for p in printed]
        scores.append([letter in p.key_letters for letter, p in zip(letters, printed, strict=True)])
    assert scores[0] == scores[1] == scores[2]
    assert 0 < sum(scores[0]) < 30
