"""`examgen bank status` and `review` as a user runs them."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import Any
from unittest import mock

import pypdfium2
import pytest
import yaml
from openpyxl import load_workbook

from examgen.bank.reviews.forms import RATING_SHEET
from examgen.commands import main
from examgen.core.models.item import Item
from examgen.papers import preview
from tests.libreoffice import soffice_of_sheets
from tests.samples import item_data, write_unit

Run = Callable[..., Any]

# five experts (columns) rate four items (lines)
IOC = {
    "E1.01-001": [+1, +1, +1, +1, +1],  # sum  5, IOC  1.0, SD 0
    "E1.01-002": [+1, +1, 0, +1, -1],  # sum  2, IOC  0.4, squares 3.2 / 4 = 0.8, SD 0.894427
    "E1.01-003": [0, 0, +1, +1, +1],  # sum  3, IOC  0.6, squares 1.2 / 4 = 0.3, SD 0.547723
    "E1.01-004": [-1, -1, 0, -1, +1],  # sum -2, IOC -0.4, squares 3.2 / 4 = 0.8, SD 0.894427
}
IOC_BY_HAND = {
    "E1.01-001": (1.0, 1, 1, 0.0, False),
    "E1.01-002": (0.4, -1, 1, 0.894427, True),
    "E1.01-003": (0.6, 0, 1, 0.547723, False),
    "E1.01-004": (-0.4, -1, 1, 0.894427, True),
}


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    write_unit(tmp_path / "item_bank", [item_data("E1.01", n) for n in range(1, 5)])
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Run:
    """Runs `examgen bank … --json`: exit status, document, messages."""

    def examgen(*arguments: object) -> tuple[int, Any, str]:
        monkeypatch.setattr("sys.argv", ["examgen", "bank", *map(str, arguments), "--json"])
        capfd.readouterr()
        with pytest.raises(SystemExit) as stop:
            main()
        out, err = capfd.readouterr()
        return int(stop.value.code or 0), json.loads(out) if out.strip() else None, err

    return examgen


def experts(n: int) -> list[str]:
    """The options that name so many experts."""
    return [word for k in range(1, n + 1) for word in ("--expert", f"ผู้เชี่ยวชาญคนที่ {k}")]


def fill(
    path: Path, values: dict[str, list[Any]], expert: int, comments: dict[str, str] | None = None
) -> None:
    """What expert number `expert` writes, whatever the columns are."""
    book = load_workbook(path)
    sheet = book[RATING_SHEET]
    heads = [str(cell.value or "") for cell in sheet[1]]
    rating = next(n for n, head in enumerate(heads, 1) if "\nRating" in head)
    for line in range(2, 2 + len(values)):
        item = str(sheet.cell(line, 1).value)
        value = values[item][expert - 1]
        sheet.cell(line, rating).value = f"{value:+d}" if values is IOC and value else str(value)
        sheet.cell(line, rating + 1).value = (comments or {}).get(item)
    book.save(path)


def move(run: Run, item: str, *statuses: str) -> None:
    for status in statuses:
        done = run("status", "T-1", item, "--to", status, "--by", "สมศรี", "--date", "2026-11-20")
        assert done[0] == 0, done


def change(place: Path, old: str, new: str) -> None:
    path = place / "item_bank" / "T-1" / "items" / "E1.01.yaml"
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new), "utf-8")


def forms(place: Path, run: Run, *arguments: object) -> list[Path]:
    """The workbooks; what is printed beside them is looked at where it is the point."""
    with mock.patch("examgen.papers.review_forms.review_sheet", return_value=b"%PDF"):
        status, done, _ = run("review", "T-1", "--out", "out", *arguments)
    assert status == 0
    return [place / path for path in done["workbooks"]]


def test_five_experts_give_the_ioc_that_a_hand_computation_gives(place: Path, run: Run) -> None:
    paths = forms(place, run, *experts(5))
    assert len(paths) == 5
    for n, path in enumerate(paths, 1):
        fill(path, IOC, n, {"E1.01-004": f"ไม่ตรงเกณฑ์\n{n}"} if n in (1, 4) else {})
    status, done, _ = run("review", "T-1", *paths, "--date", "2026-11-20")
    assert (status, done["stored"], done["set_aside"], done["missing"]) == (0, 20, [], {})
    [panel] = done["panels"]
    assert (panel["kind"], panel["level"], panel["round"], len(panel["experts"])) == ("ioc", None, 1, 5)
    table = {
        one["item"]: (one["ioc"], one["lowest"], one["highest"], round(one["sd"], 6), one["low"])
        for one in panel["items"]
    }
    assert table == IOC_BY_HAND
    assert panel["low"] == ["E1.01-002", "E1.01-004"]
    assert [(c["expert"], c["value"], c["text"]) for c in panel["comments"]["E1.01-004"]] == [
        ("ผู้เชี่ยวชาญคนที่ 1", -1, "ไม่ตรงเกณฑ์\n1"),
        ("ผู้เชี่ยวชาญคนที่ 4", -1, "ไม่ตรงเกณฑ์\n4"),
    ]
    kept = yaml.safe_load((place / "item_bank" / "T-1" / "ratings.yaml").read_text("utf-8"))
    assert len(kept) == 20
    assert len((place / "item_bank" / "T-1" / "ratings.yaml").read_text("utf-8").splitlines()) == 20
    assert {(one["name"], str(one["date"])) for one in kept} == {
        (f"ผู้เชี่ยวชาญคนที่ {n}", "2026-11-20") for n in range(1, 6)
    }
    assert run("review", "T-1", *paths)[1]["known"] == 20
    assert run("review", "T-1", "--ratings")[1]["panels"] == done["panels"]


def test_levels_that_experts_name_are_kept_and_compared_with_those_claimed(
    place: Path, run: Run, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    named = {"E1.01-001": [3, 3, 3], "E1.01-002": [3, 4, None], "E1.01-003": [4, 4, 4]}
    change(place, "  levels:\n  - 3\n  - 4\n", "  levels:\n  - 3\n")  # every item claims level 3 alone
    for n, path in enumerate(paths := forms(place, run, *experts(3))):
        fill(path, IOC, n + 1, {})
        book = load_workbook(path)
        sheet = book[RATING_SHEET]
        for row in range(2, 6):
            level = named.get(str(sheet.cell(row, 1).value), [None] * 3)[n]
            sheet.cell(row, 7).value = level
        book.save(path)
    [panel] = run("review", "T-1", *paths, "--date", "2026-11-20")[1]["panels"]
    levels = panel["levels"]
    # pairs: three of 3-3, one of 3-4, three of 4-4
    assert (levels["pairs"], levels["exact"], levels["adjacent"]) == (7, pytest.approx(6 / 7), 1)
    assert levels["differing"] == ["E1.01-003"]
    assert [one["median"] for one in levels["items"]] == [3, 3.5, 4]
    kept = yaml.safe_load((place / "item_bank" / "T-1" / "ratings.yaml").read_text("utf-8"))
    assert sorted(one["suits"] for one in kept if "suits" in one) == [3, 3, 3, 3, 4, 4, 4, 4]
    monkeypatch.setattr("sys.argv", ["examgen", "bank", "review", "T-1", "--ratings"])
    with pytest.raises(SystemExit):
        main()
    told = " ".join("".join(capfd.readouterr()).split())
    assert "E1.01-003: marked as level 3, but level 4 by the experts" in told


PLAN = (Path(__file__).parents[2] / "item_bank/DG-TWRT-007/media/ontime-two-agencies.svg").read_text("utf-8")
WITH_CASE = {
    "stem": "ตามกรณี ![แผน](plan.svg) ข้อใดถูก",
    "shared_stimulus": "case-1",
    "levels": [3, 4],
    "anchored": ["d"],
}


@pytest.fixture
def with_case(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A unit whose items have a case, a picture each, and levels."""
    folder = write_unit(
        tmp_path / "item_bank", [item_data("E1.01", n, **deepcopy(WITH_CASE)) for n in range(1, 5)]
    )
    cases = [{"id": name, "text": f"ข้อความของ {name}"} for name in ("case-1", "case-2")]
    (folder / "stimuli.yaml").write_text(yaml.safe_dump(cases, allow_unicode=True), "utf-8")
    (folder / "media").mkdir()
    (folder / "media/plan.svg").write_text(PLAN, "utf-8")
    monkeypatch.chdir(tmp_path)
    return folder


CHANGES = {
    "another stimulus": ("items/E1.01.yaml", "shared_stimulus: case-1", "shared_stimulus: case-2"),
    "the text of the stimulus": ("stimuli.yaml", "ข้อความของ case-1", "ข้อความใหม่ของ case-1"),
    "the picture": ("media/plan.svg", "<svg ", '<svg data-x="1" '),
    "the criterion": ("items/E1.01.yaml", "pcs:\n  - E1.09", "pcs:\n  - E1.02"),
    "the words of the criterion": ("unit.yaml", "ระบุสาเหตุ", "ระบุเหตุผล"),
    "the levels": ("items/E1.01.yaml", "levels:\n  - 3\n", "levels:\n"),
    "an option that keeps its place": ("items/E1.01.yaml", "anchored:\n  - d", "anchored:\n  - c"),
}
WITHOUT_WEIGHT = {
    "the rationale": ("items/E1.01.yaml", "ผิด", "ไม่ถูก"),
    "the reference": ("items/E1.01.yaml", "คู่มือทดลอง", "คู่มือ 2"),
}


def changed_in(folder: Path, path: str, old: str, new: str) -> None:
    text = (folder / path).read_text("utf-8")
    assert old in text, text
    (folder / path).write_text(text.replace(old, new), "utf-8")


@pytest.mark.parametrize("what", CHANGES)
def test_an_approval_binds_what_candidates_see_and_what_the_item_claims(
    with_case: Path, run: Run, what: str
) -> None:
    move(run, "E1.01-001", "review", "approved")
    for change in WITHOUT_WEIGHT.values():
        changed_in(with_case, *change)
    # the same words under another code
    changed_in(with_case, "unit.yaml", "code: E1.01", "code: E1.09")
    changed_in(with_case, "items/E1.01.yaml", "pcs:\n  - E1.01", "pcs:\n  - E1.09")
    assert [one["approval"] for one in run("review", "T-1")[1]["items"]] == ["stands"]
    changed_in(with_case, *CHANGES[what])
    assert [one["approval"] for one in run("review", "T-1")[1]["items"]] == ["changed"]
    [void] = [one for one in run("check", "T-1")[1]["problems"] if one["code"] == "approval-void"]
    assert "stimulus, pictures, criteria, levels or anchored options were changed after" in void["message"]


def test_a_stem_changed_after_the_form_was_made_sets_its_rating_aside(place: Path, run: Run) -> None:
    [path] = forms(place, run, *experts(1))
    fill(path, IOC, 1)
    change(place, "คำถามที่ 2 ", "ปัญหาที่ 2 ")
    status, done, _ = run("review", "T-1", path)
    assert (status, done["stored"]) == (3, 3)
    assert [(p["item"], p["code"]) for p in done["set_aside"]] == [("E1.01-002", "item-changed")]
    change(place, "คำถามที่ 3 ", "ปัญหาที่ 3 ")
    [panel] = run("review", "T-1", "--ratings")[1]["panels"]
    assert [one["item"] for one in panel["items"]] == ["E1.01-001", "E1.01-004"]
    assert panel["outdated"] == ["E1.01-003"]


def test_faults_of_all_workbooks_are_told_and_nothing_is_stored(place: Path, run: Run) -> None:
    one, two, three = forms(place, run, *experts(3))
    fill(one, IOC, 1)
    fill(two, {**IOC, "E1.01-003": [7, 7]}, 2)
    fill(three, {**IOC, "E1.01-001": [0, 0, "ดี"]}, 3)
    bad = place / "bad.xlsx"
    bad.write_bytes(b"nothing")
    status, refused, _ = run("review", "T-1", one, two, three, bad)
    assert status == 1
    assert [
        (Path(p["source"].split(":")[0]).name, p["source"].split(":")[-1], p["code"])
        for p in refused["problems"]
    ] == [
        (two.name, "4", "rating-value"),
        (three.name, "2", "rating-value"),
        ("bad.xlsx", str(bad), "not-a-rating-form"),
    ]
    assert not (place / "item_bank" / "T-1" / "ratings.yaml").exists()


def test_forms_are_not_written_over_and_their_pdfs_are_marked_and_number_on(
    place: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(preview, "MOST_IN_A_SHEET", 2)
    asked = [word for n in (1, 3, 4) for word in ("--item", f"E1.01-00{n}")]
    status, done, _ = run("review", "T-1", *experts(2), "--out", "out", *asked)
    assert (status, done["items"]) == (0, 3)
    assert (place / "out").stat().st_mode & 0o077 == 0
    texts = []
    for path in done["pdfs"]:
        with pypdfium2.PdfDocument(place / path) as pdf:
            texts.append("".join(page.get_textpage().get_text_range() for page in pdf))
    assert [text for text in texts if "CONFIDENTIAL" not in text or "Level" in text] == []  # they are asked
    there = [[item for item in IOC if item in text] for text in texts]
    assert there == [["E1.01-001", "E1.01-003"], ["E1.01-004"]]
    assert ["T-1 (1/2)" in texts[0], "T-1 (2/2)" in texts[1]] == [True, True]
    assert [re.findall(r"^[1-9]\.", text, re.M) for text in texts] == [["1.", "2."], ["3."]]
    assert run("review", "T-1", *experts(2), "--out", "out")[0] == 2
    assert len(forms(place, run, *experts(2), "--replace")) == 2


@pytest.mark.parametrize(
    ("arguments", "status", "says"),
    [
        (["status", "T-1", "E1.01-001", "--to", "approved", "--by", "x"], 1, "It can become review"),
        (["status", "T-1", "E1.01-01", "--to", "review", "--by", "x"], 1, "Did you mean E1.01-001"),
        (["status", "T-1", "E1.01-001", "--to", "done", "--by", "x"], 2, "--to must be one of draft, review"),
        (["status", "T-1", "E1.01-001", "--to", "review", "--by", " "], 2, "Give the person who decides"),
        (
            ["status", "T-1", "E1.01-001", "--to", "review", "--by", "x", "--date", "2569-11-20"],
            2,
            "Write 2026-11-20",
        ),
        (["review", "T-1", "--item", "E9"], 1, "is not an item"),
        (["review", "T-1", "--out", "o"], 2, "name the experts"),
        (
            ["review", "T-1", "--out", "o", *experts(2), "--kind", "cvi"],
            2,
            "--kind must be one of ioc, angoff",
        ),
        (["review", "T-1", "--out", "o", *experts(2), "--kind", "angoff"], 2, "Add --level"),
        (["review", "T-1", "--out", "o", *experts(2), "--level", "7"], 1, "does not state level 7"),
        (["review", "T-1", "--out", "o", *experts(2), "--round", "2"], 1, "no ratings of round 1"),
        (["review", "T-1", "--out", "o", *experts(2), "--status", "pilot"], 1, "no items of that"),
        (["review", "T-1", "missing.xlsx"], 2, "cannot be read"),
    ],
)
def test_what_means_nothing_is_refused_with_the_reason(
    place: Path, run: Run, arguments: list[str], status: int, says: str
) -> None:
    found, document, _ = run(*arguments)
    assert found == status
    assert says in json.dumps(document, ensure_ascii=False)
    assert not (place / "o").exists()
    assert sorted(path.name for path in (place / "item_bank" / "T-1").iterdir()) == ["items", "unit.yaml"]


def test_a_person_reads_the_outcome_on_the_screen(
    place: Path, run: Run, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    paths = forms(place, run, *experts(2), "--kind", "angoff-yes-no", "--level", 3)
    fill(paths[0], {item: [1, 0] for item in IOC}, 1, {"E1.01-001": "[แก้] โจทย์"})
    move(run, "E1.01-001", "review")

    def shown(*arguments: object) -> str:
        monkeypatch.setattr("sys.argv", ["examgen", "bank", *map(str, arguments)])
        with pytest.raises(SystemExit):
            main()
        return "".join(capfd.readouterr())

    text = shown("review", "T-1", *paths)
    assert "cut score of a form with all these items: 4.00 of 4 points; standard error –" in text
    assert "E1.01-001, ผู้เชี่ยวชาญคนที่ 1: [แก้] โจทย์" in text
    assert "not rated: E1.01-001, E1.01-002" in text
    assert "4 ratings stored" in text
    assert ["E1.01-001", "2026-11-20", "draft", "review", "สมศรี"] in [
        line.split() for line in shown("review", "T-1").splitlines()
    ]
    assert "E1.01-002: draft → review" in shown(
        "status", "T-1", "E1.01-002", "--to", "review", "--by", "สมชาย"
    )


def test_all_items_of_a_unit_move_at_once_or_none(place: Path, run: Run) -> None:
    assert (
        run("status", "T-1", "E1.01-00*", "--to", "review", "--by", "ก")[1]["moved"][0]["item"] == "E1.01-001"
    )
    move(run, "E1.01-001", "draft")
    move(run, "E1.01-002", "approved")
    move(run, "E1.01-003", "retired")
    # approved ones and retired ones are not meant; whatever else cannot be approved is named
    status, refused, _ = run("status", "T-1", "all", "--to", "approved", "--by", "ก")
    assert (status, "E1.01-001" in str(refused), "E1.01-004" in str(refused)) == (1, True, False)
    move(run, "E1.01-001", "review")
    status, done, _ = run("status", "T-1", "T-1", "--to", "approved", "--by", "ก")
    assert (status, [one["item"] for one in done["moved"]]) == (0, ["E1.01-001", "E1.01-004"])
    for pattern, why in (("E1.*", "is already approved"), ("E9*", "E9* is not an item of T-1")):
        assert why in str(run("status", "T-1", pattern, "--to", "approved", "--by", "ก")[1])


def test_a_form_saved_by_libreoffice_is_read_alike(place: Path, run: Run, tmp_path: Path) -> None:
    if (program := soffice_of_sheets()) is None:
        pytest.skip("needs LibreOffice with its spreadsheets")
    [path] = forms(place, run, *experts(1))
    fill(path, IOC, 1, {"E1.01-002": "ควรแก้\nตัวเลือก ค"})
    profile = (tmp_path / "profile").as_uri()
    soffice = [program, f"-env:UserInstallation={profile}", "--headless", "--convert-to", "xlsx"]
    subprocess.run(
        [*soffice, "--outdir", str(tmp_path / "saved"), str(path)],
        check=True,
        capture_output=True,
        timeout=120,
    )
    status, done, _ = run("review", "T-1", tmp_path / "saved" / path.name)
    assert (status, done["stored"], done["missing"], done["set_aside"]) == (0, 4, {}, [])
    assert [one["ioc"] for one in done["panels"][0]["items"]] == [1, 1, 0, -1]
    assert done["panels"][0]["comments"]["E1.01-002"][0]["text"] == "ควรแก้\nตัวเลือก ค"


def test_an_item_under_the_limit_is_approved_with_a_reason_or_not_at_all(place: Path, run: Run) -> None:
    unit = place / "item_bank" / "T-1"
    items = {item["id"]: item for item in yaml.safe_load((unit / "items/E1.01.yaml").read_text("utf-8"))}
    records = [
        {"kind": "ioc", "expert": f"e{n}", "item": name, "hash": Item(**items[name]).sha256(), "pc": "E1.01",
         "edition": "0" * 64, "value": value, "date": "2026-11-20"}
        for name, values in IOC.items() for n, value in enumerate(values)
    ]  # fmt: skip
    (unit / "ratings.yaml").write_text(yaml.safe_dump(records), "utf-8")
    names, move = list(IOC), ("--by", "us", "--date", "2026-11-20")
    run("status", "T-1", *names, "--to", "review", *move)
    status, refused, _ = run("status", "T-1", *names, "--to", "approved", *move)
    err = str(refused)
    assert status == 1
    assert "E1.01-002" in err
    assert "E1.01-004" in err
    assert "-0.40" in err
    assert "E1.01-003" not in err
    assert run("status", "T-1", *names[::2], "--to", "approved", *move)[0] == 0
    assert run("status", "T-1", names[1], "--to", "approved", *move, "--comment", "as the law says")[0] == 0
    path = unit / "items/E1.01.yaml"
    [told] = [p for p in run("check", "T-1")[1]["problems"] if p["code"] == "congruence-low"]
    assert (told["item"], told["severity"]) == (names[1], "notice")
    assert "as the law says" in told["message"]
    path.write_text(path.read_text("utf-8").replace("status: review", "status: approved"), "utf-8")
    found = {
        p["item"]: p["severity"] for p in run("check", "T-1")[1]["problems"] if p["code"] == "congruence-low"
    }
    assert found == {names[1]: "notice", names[3]: "warning"}
    (place / "examgen.yaml").write_text("review: {least_ioc: 0.9}\n", "utf-8")
    stricter = {p["item"] for p in run("check", "T-1")[1]["problems"] if p["code"] == "congruence-low"}
    assert stricter == {name for name, values in IOC.items() if sum(values) / len(values) < 0.9}
    assert stricter > set(found)
    (place / "examgen.yaml").write_text("review: {least_ioc: 2}\n", "utf-8")
    status, refused, _ = run("check", "T-1")
    assert status == 1
    assert "least_ioc" in str(refused)
