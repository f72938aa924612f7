"""A planted wrong key comes out first, and the entry that follows from it mends the scores."""

from __future__ import annotations

import shutil
from functools import cache
from pathlib import Path

import polars as pl
import pytest

from examgen.analysis.administrations import Administration, responses_of
from examgen.analysis.exam import correction_of
from examgen.assembly.assemble import assemble, bank_sha256
from examgen.core.exam.writing import exam_files, write_package
from examgen.core.problems import Refused
from examgen.scoring import score as sittings
from examgen.scoring import simulations
from examgen.scoring.options import ScoringOptions
from examgen.stats.key_alarm import key_alarm
from examgen.stats.option_statistics import option_statistics
from tests.analyses.made_once import kept_folder
from tests.samples import blueprint, shelf
from tests.sittings import table, write_table


@cache
def made() -> Path:
    """The exam and the answers, for all tests."""
    place = kept_folder()
    built = assemble([shelf()], *blueprint(forms=2, items=15, anchor=5))
    write_package(place / "exam", exam_files(built, bank_sha256([shelf()]), {}))
    simulations.simulate(place / "exam", 300, 6, place / "plain.csv")
    return place


def sat(tmp_path: Path, planted: int) -> tuple[Administration, str, str]:
    """300 candidates who answer one item as if another option were right; the item and that option.

    It is an anchor item, which both forms print in orders of their own.
    """
    folder = tmp_path / "exam"
    shutil.copytree(made(), tmp_path, dirs_exist_ok=True)
    item = sorted({row["item"] for row in table(folder / "secure/key.csv") if row["form"] == "A"} & {
        row["item"] for row in table(folder / "secure/key.csv") if row["form"] == "B"
    })[planted]  # fmt: skip
    printed = {
        row["form"]: (f"Q{row['question']}", row["options"].split())
        for row in table(folder / "secure/forms.csv")
        if row["item"] == item
    }
    key = {row["form"]: row["key"] for row in table(folder / "secure/key.csv") if row["item"] == item}
    right = printed["A"][1]["ABCD".index(key["A"])]
    other = "abcd"["abcd".index(right) - 2]
    rows = table(tmp_path / "plain.csv")
    for row in rows:
        question, order = printed[row["form"]]
        letters = ["ABCD"[order.index(option)] for option in (right, other)]
        if row[question] in letters:
            row[question] = letters[1 - letters.index(row[question])]
    write_table(tmp_path / "answers.csv", rows)
    sittings.score(folder, [tmp_path / "answers.csv"])
    return responses_of(folder), item, other


def first_alarm(found: Administration) -> tuple[int, str | None, str]:
    """The place of the item, the option that is suggested, and the sentence of the first alarm."""
    alarms = key_alarm(found.chosen, option_statistics(found.chosen))
    row = alarms.table.row(0, named=True)
    return [one.name for one in found.columns].index(row["item"]), row["suggested"], str(alarms.notes[0])


@pytest.mark.parametrize("planted", [0, 3])
def test_a_planted_wrong_key_is_first_and_mended(tmp_path: Path, planted: int) -> None:
    found, item, other = sat(tmp_path, planted)
    place, suggested, reason = first_alarm(found)
    assert (found.columns[place].item, suggested) == (item, other)
    entry = correction_of(found, place, suggested, reason)
    path = tmp_path / "corrections.yaml"
    path.write_text(entry, "utf-8")
    folder, answers = tmp_path / "exam", tmp_path / "answers.csv"
    with pytest.raises(Refused) as refused:  # until somebody has decided
        sittings.score(folder, [answers], options=ScoringOptions(corrections=path))
    assert {problem.field for problem in refused.value.problems} == {"by", "date"}
    path.write_text(entry.replace("by: ", "by: กรรมการ").replace("date: ", "date: 2026-11-20"), "utf-8")
    sittings.score(folder, [answers], options=ScoringOptions(corrections=path))
    plain = tmp_path / "plain"
    sittings.score(folder, [tmp_path / "plain.csv"], plain)
    scores = [
        {row["candidate_id"]: row["score"] for row in table(at / "candidates.csv")}
        for at in (folder / "results", plain)
    ]
    assert scores[0] == scores[1]
    again = responses_of(folder).chosen
    alarms = key_alarm(again, option_statistics(again)).table.filter(pl.col("sure") != "possible")
    assert item not in alarms["item"].to_list()


def test_the_letters_that_candidates_saw_stand_beside_the_options(tmp_path: Path) -> None:
    found, item, other = sat(tmp_path, 1)
    said = correction_of(found, *first_alarm(found)).splitlines()[0]
    for row in table(tmp_path / "exam/secure/forms.csv"):
        if row["item"] == item:
            place = row["options"].split().index(other)
            assert f"{row['form']} {row['question']}: " in said
            assert f"→ {'ABCD'[place]}/{'กขคง'[place]}" in said


def test_an_item_without_a_better_option_would_be_dropped(tmp_path: Path) -> None:
    found, item, _ = sat(tmp_path, 1)
    place = [one.item for one in found.columns].index(item)
    entry = correction_of(found, place, None, "no option is right")
    assert "kind: drop" in entry
    assert f"item: {item}" in entry
    assert "\n  key:" not in entry


def test_an_item_scored_otherwise_on_one_form_is_dropped_by_question(
    tmp_path: Path,
) -> None:
    found, item, _ = sat(tmp_path, 1)
    place = [one.item for one in found.columns].index(item)
    one = found.columns[place]
    on_a, on_b = (one._replace(asked=(asked,)) for asked in one.asked)
    columns = (*found.columns[:place], on_a, *found.columns[place + 1 :], on_b)
    entry = correction_of(found._replace(columns=columns), place, None, "no option is right")
    [(form, question, _)] = on_a.asked
    assert entry.count("kind: drop") == 1
    assert f"form: {form}\n  question: {question}\n" in entry
    assert "item:" not in entry
    assert "\n  key:" not in entry
