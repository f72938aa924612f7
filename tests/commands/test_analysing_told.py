"""What `analyse items | dif` say on the screen: whom an item favours, small p, forms apart."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from examgen.analyses.reported import items as reported_items
from examgen.analyses.reported.items import shown
from examgen.analyses.reported.parts import ReportedLine, ReportedTable
from tests.commands.conftest import Run


@pytest.fixture(scope="module")
def groups(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """600 candidates of like ability on 20 items; Q5 is a logit harder for f, Q9 a logit easier."""
    generator = np.random.default_rng(5)
    theta, focal = generator.normal(size=600), np.arange(600) % 2
    b = np.tile(np.linspace(-1.5, 1.3, 20), (600, 1))
    b[:, 4] += focal
    b[:, 8] -= focal
    right = generator.random(b.shape) < 1 / (1 + np.exp(b - theta[:, None]))
    path = tmp_path_factory.mktemp("dif") / "dif.csv"
    lines = [",".join(["id", "g", *(f"Q{n}" for n in range(1, 21))])]
    lines += [
        ",".join([str(n), "mf"[focal[n]], *map(str, row.astype(int).tolist())]) for n, row in enumerate(right)
    ]
    path.write_text("\n".join(lines) + "\n")
    return path


@pytest.mark.parametrize("method", ["mh", "logistic", "sibtest"])
def test_whom_an_item_favours_is_said(run: Run, groups: Path, method: str) -> None:
    words = ("analyse", "dif", groups, "--group", "g", "--focal", "f", "--method", method)
    told = {row["item"]: row for row in run.json(*words)["items"]}
    assert (told["Q5"]["favours"], told["Q9"]["favours"]) == ("m", "f")
    screen = run(*words).text
    for item, favoured, other, ets in (("Q5", "m", "f", " [C-]"), ("Q9", "f", "m", " [C+]")):
        said = f"check {item}: it favours {favoured}. At the same total it is harder for {other}"
        assert said + (ets if method == "mh" else "") in " ".join(screen.split())
    assert "< 0.001" in screen


def test_no_p_is_shown_as_nought() -> None:
    assert shown("mh_p", {"mh_p": 1e-9}) == shown("p", {"p": 0.0}) == "< 0.001"
    assert shown("s_x2_p", {"s_x2_p": 0.001}) == "0.001"
    assert shown("std_p_dif", {"std_p_dif": -0.2}) == "-0.200"


def test_the_signs_of_ets_are_those_of_delta(run: Run, groups: Path) -> None:
    words = ("analyse", "dif", groups, "--group", "g", "--focal", "f")
    rows = run.json(*words)["items"]
    for row in rows:
        sign = "" if row["ets"] == "A" else "+" if row["mh_delta"] > 0 else "-"
        assert row["ets_signed"] == row["ets"] + sign
        assert row["favours"] == ("f" if row["mh_delta"] > 0 else "m")
    assert {"A", "C-", "C+"} <= {row["ets_signed"] for row in rows}
    screen = " ".join(run(*words).text.split())
    assert "above 1 it favours m. Δ: -2.35 log α; negative if harder for f." in screen
    assert "ETS class: A negligible, B moderate, C large; - favours m, + favours f." in screen


def test_what_was_found_is_said_first(run: Run, groups: Path) -> None:
    """Whom an item favours stands where it is flagged or of ETS class B or C, and with it before the table."""
    words = ("analyse", "dif", groups, "--group", "g", "--focal", "f")
    told = run.json(*words)
    first, *rest = reported_items.of_dif(told)
    assert isinstance(first, ReportedLine)
    assert first.style == "bold"
    assert first.text.startswith("check ")
    [table] = [one for one in rest if isinstance(one, ReportedTable)]
    at = [*table.heads].index("favours")
    known = {row["item"]: row["flagged"] or row["ets"] in ("B", "C") for row in told["items"]}
    assert {row[0]: bool(row[at]) for row in table.rows} == known
    assert sorted((known[str(row[0])] for row in table.rows), reverse=True) == [
        known[str(row[0])] for row in table.rows
    ]
    for row in told["items"]:
        row["flagged"] = False
    lines = [one.text for one in reported_items.of_dif(told) if isinstance(one, ReportedLine)]
    assert lines[0] == "No item is flagged."
    assert "significant only at 5 % without adjustment: Q5: it favours m" in lines[1]


def test_small_groups_are_told_once(run: Run, groups: Path, tmp_path: Path) -> None:
    path = tmp_path / "few.csv"
    path.write_text("\n".join(groups.read_text().splitlines()[:61]) + "\n")
    told = run.json("analyse", "dif", path, "--group", "g", "--focal", "f")
    [note] = [one["message"] for one in told["notes"] if one["code"] in ("few-in-group", "small-group")]
    assert note.startswith("groups of fewer than 100 candidates: m (30), f (30)")


def test_several_focal_groups_are_each_compared(run: Run, groups: Path, tmp_path: Path) -> None:
    path = tmp_path / "three.csv"
    head, *lines = groups.read_text().splitlines()
    lines = [line.replace(",f,", ",g,") if n % 6 == 1 else line for n, line in enumerate(lines)]
    path.write_text("\n".join([head, *lines]) + "\n")
    words = ("analyse", "dif", path, "--group", "g", "--focal", "f,g")
    told = run.json(*words)
    assert {row["favours"] for row in told["items"]} == {None}
    for one in told["contrasts"]:
        own = {row["item"]: row["favours"] for row in one["items"]}
        assert (own["Q5"], own["Q9"]) == ("m", one["focal"])


def test_lines_that_cross_favour_nobody_for_all(run: Run, tmp_path: Path) -> None:
    """Q3 tells the able of f from the others, and hardly those of m."""
    generator = np.random.default_rng(1)
    theta, focal = generator.normal(size=1000), np.arange(1000) % 2
    slope = np.ones((1000, 16))
    slope[:, 2] = np.where(focal, 3.0, 0.1)
    right = generator.random(slope.shape) < 1 / (1 + np.exp(-slope * theta[:, None]))
    path = tmp_path / "cross.csv"
    lines = [",".join(["id", "g", *(f"Q{n}" for n in range(1, 17))])]
    lines += [",".join([str(n), "mf"[focal[n]], *map(str, row.astype(int))]) for n, row in enumerate(right)]
    path.write_text("\n".join(lines) + "\n")
    words = ("analyse", "dif", path, "--group", "g", "--focal", "f", "--method", "logistic")
    told = {row["item"]: row for row in run.json(*words)["items"]}
    assert told["Q3"]["flagged"]
    assert told["Q3"]["favours"] == "crossing"
    assert "check Q3: the total determines whether it favours m or f" in " ".join(run(*words).text.split())


def test_forms_in_one_file_are_told_apart_and_analysed_by_themselves(run: Run, tmp_path: Path) -> None:
    """The file of scores of an exam of two forms without common items."""
    generator = np.random.default_rng(2)
    lines = [",".join(["id", "form", *(f"A{n}" for n in range(6)), *(f"B{n}" for n in range(6))])]
    scores = {}
    for form in "AB":
        theta = generator.normal(size=(80, 1))
        scores[form] = (generator.random((80, 6)) < 1 / (1 + np.exp(-theta))).astype(int)
        for n, row in enumerate(scores[form]):
            own = list(map(str, row))
            lines.append(",".join([f"{form}{n}", form, *(own if form == "A" else [""] * 6 + own)]
                                  + ([""] * 6 if form == "A" else [])))  # fmt: skip
    path = tmp_path / "scores.csv"
    path.write_text("\n".join(lines) + "\n")
    mixed = run.json("analyse", "items", path, "--exclude", "form")
    [note] = [note["message"] for note in mixed["notes"] if note["code"] == "items-apart"]
    assert "2 sets of items with no candidate in common (6, 6 items)" in note
    assert mixed["test"]["alpha"] is None
    told = run.json("analyse", "items", path, "--by", "form")
    assert [one["group"] for one in told["groups"]] == ["A", "B"]
    for one in told["groups"]:
        x = scores[one["group"]]
        alpha = 6 / 5 * (1 - x.var(axis=0, ddof=1).sum() / x.sum(axis=1).var(ddof=1))
        assert one["test"]["alpha"] == pytest.approx(alpha)
        assert [row["item"] for row in one["items"]] == [f"{one['group']}{n}" for n in range(6)]
        assert "items-apart" not in {note["code"] for note in one["notes"]}
    assert run("analyse", "items", path, "--by", "form", "--out", tmp_path / "items.csv").status == 2
    assert "form B" in run("analyse", "items", path, "--by", "form").text


def test_flagged_items_have_their_reason_in_thai_too(run: Run, tmp_path: Path) -> None:
    rows = [f"{n},{int(n < 3)},{n % 2},{n // 2 % 2}" for n in range(100)]
    path = tmp_path / "hard.csv"
    path.write_text("\n".join(["id,hard,Q2,Q3", *rows]) + "\n")
    for words in ((), ("--verbose",)):
        screen = " ".join(run("--lang", "th", "analyse", "items", path, *words).text.split())
        assert "ความง่าย 0.03" in screen
    assert "is below 0.20 (too hard)" in " ".join(run("analyse", "items", path).text.split())


def test_odds_without_end_favour_a_group(run: Run, tmp_path: Path) -> None:
    """Of those with one item of two right, all of `m` have the first, all of `f` the second."""
    rows = [f"{n},{'mf'[n % 2]},{int(n % 2 == 0)},{n % 2},{n // 2 % 2}" for n in range(40)]
    (tmp_path / "s.csv").write_text("id,g,Q1,Q2,Q3\n" + "\n".join(rows) + "\n")
    told = run.json("analyse", "dif", tmp_path / "s.csv", "--group", "g", "--focal", "f")["items"]
    assert [(row["mh_delta"], row["favours"]) for row in told][:2] == [(None, "m"), (None, "f")]
