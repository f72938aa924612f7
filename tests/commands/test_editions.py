"""A unit revised: both editions kept, what changed told, items carried over and none lost."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from examgen.core.models.item import Item
from examgen.core.resources import builtin
from tests.commands.conftest import Run

CODE = "ASM-REE-5-059ZB"
DATA = dict[str, Any]
PAIRS = ("A4011.01=A4011.01", "A4012.03=A4012.03", "A4012.03-102=A4012.04", "A4013.01=A4012.05")

_METHODS = {
    "written_objective": "ทดสอบโดยการสอบข้อเขียนเป็นข้อสอบปรนัย",
    "interview": "ทดสอบโดยการสอบสัมภาษณ์ตามแบบฟอร์มที่กำหนด",
}


def document(data: DATA) -> str:
    """The unit as the page that it would be published on."""
    bullets: Callable[[list[str]], str] = lambda texts: "\n".join(f" • {text}\n" for text in texts)  # noqa: E731
    occupations = [f"{one['name']} ระดับ {', '.join(map(str, one['levels']))}" for one in data["occupations"]]
    rows = [
        f"{element['code']} {element['title']} {n}) {criterion['text']} {criterion['code']}"
        for element in data["elements"]
        for n, criterion in enumerate(element["criteria"], 1)
    ]
    assessed = [
        f"18.{n} สำหรับ{entry['occupation']} ระดับ {', '.join(map(str, entry['levels']))}\n"
        + bullets([_METHODS[method] for method in entry["methods"]])
        for n, entry in enumerate(data["assessment"], 1)
    ]
    return f"""หน่วยสมรรถนะ

หน่วยสมรรถนะ

{data["title"]}

{data["field"]}


รายละเอียดหน่วยสมรรถนะ


1. รหัสหน่วยสมรรถนะ {data["code"]}

2. ชื่อหน่วยสมรรถนะ {data["title"]}

3. ทบทวนครั้งที่ - / -

4. สร้างใหม่ ปรับปรุง

5. สำหรับชื่ออาชีพและรหัสอาชีพ (Occupational Classification)

{bullets(occupations)}
6. คำอธิบายหน่วยสมรรถนะ (Description of Unit of Competency)

{data["description"]}

7. สำหรับระดับคุณวุฒิ
1 2 3 4 5 6 7 8

8. กลุ่มอาชีพ (Sector)

{bullets(data["sector"])}
9. ชื่ออาชีพและรหัสอาชีพอื่นที่หน่วยสมรรถนะนี้สามารถใช้ได้ (ถ้ามี)

 • ไม่มี

10. ข้อกำหนดหรือกฎระเบียบที่เกี่ยวข้อง (Licensing or Regulation Related) (ถ้ามี)

{bullets(data["regulations"])}
11. สมรรถนะย่อยและเกณฑ์การปฏิบัติงาน (Elements and Performance Criteria)
หน่วยสมรรถนะย่อย (EOC) เกณฑ์ในการปฏิบัติงาน (Performance Criteria) รหัส PC
{chr(10).join(rows)}

12. ความรู้และทักษะก่อนหน้าที่จำเป็น (Pre-requisite Skill & Knowledge)

N/A

13. ทักษะและความรู้ที่ต้องการ (Required Skills and Knowledge)

(ก) ความต้องการด้านทักษะ

{bullets(data["skills"])}
(ข) ความต้องการด้านความรู้

{bullets(data["knowledge"])}
14. หลักฐานที่ต้องการ (Evidence Guide)

แฟ้มงาน

15. ขอบเขต (Range Statement)

ใช้กับการบริหารอาคารชุด

16. หน่วยสมรรถนะร่วม (ถ้ามี)

 • ไม่มี

17. อุตสาหกรรมร่วม/กลุ่มอาชีพร่วม (ถ้ามี)

 • ไม่มี

18. รายละเอียดกระบวนการและวิธีการประเมิน (Assessment Description and Procedure)

{"".join(assessed)}
"""


def revise(data: DATA) -> None:
    """One criterion reworded, one removed, one split in two, one moved; level 4 by interview too."""
    first, second, third = data["elements"]
    first["criteria"][0]["text"] = "ระบุวัตถุประสงค์ เป้าหมาย และกิจกรรมสัมพันธ์ของผู้พักอาศัยได้"
    del first["criteria"][1]
    second["criteria"][2]["text"] = "วิเคราะห์เหตุการณ์ในการร้องเรียน"
    second["criteria"].append({"code": "A4012.04", "text": "เรียบเรียงเหตุการณ์ในการร้องเรียน"})
    second["criteria"].append({**third["criteria"].pop(0), "code": "A4012.05"})
    data["assessment"][1]["methods"] = ["written_objective", "interview"]


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A workspace with eight items a criterion of the starter bank's unit. Returns the unit's folder."""
    folder = tmp_path / "item_bank" / CODE
    shutil.copytree(builtin("item_bank") / CODE, folder)
    for path in folder.glob("items/*.yaml"):
        path.write_text("- id: ".join(path.read_text("utf-8").split("- id: ")[:9]), "utf-8")
    monkeypatch.chdir(tmp_path)
    return folder


@pytest.fixture
def data(place: Path) -> DATA:
    read: DATA = yaml.safe_load((place / "unit.yaml").read_text("utf-8"))
    return read


@pytest.fixture
def waiting(place: Path, data: DATA, run: Run) -> str:
    """The hash of the revised edition, imported beside the present one."""
    revise(data)
    Path("revised.txt").write_text(document(data), "utf-8")
    ran = run("unit", "import", "revised.txt", "--json")
    assert ran.status == 3, ran.text
    return str(json.loads(ran.out)["edition"]["sha256"])


def snapshot(folder: Path) -> dict[str, bytes]:
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def item_texts(folder: Path) -> dict[str, str]:
    """Every item's lines, as they stand in items/ and orphans/, by id."""
    found: dict[str, str] = {}
    for path in sorted([*folder.glob("items/*.yaml"), *folder.glob("orphans/*.yaml")]):
        lines = [line for line in path.read_text("utf-8").splitlines() if not line.startswith("#")]
        for block in "\n".join(lines).split("- id: ")[1:]:
            assert block.split("\n")[0] not in found
            found[block.split("\n")[0]] = block.rstrip("\n")
    return found


# ── import ───────────────────────────────────────────────────────────────────────────────────


def test_the_same_content_again_changes_nothing(place: Path, data: DATA, run: Run) -> None:
    Path("again.txt").write_text(document(data), "utf-8")
    before = snapshot(place)
    assert "already the current edition" in run.ok("unit", "import", "again.txt").out
    assert snapshot(place) == before


def test_an_edition_that_would_orphan_items_is_kept_beside(place: Path, waiting: str, run: Run) -> None:
    kept = place / "editions" / waiting[:12]
    assert hashlib.sha256((kept / "unit.yaml").read_bytes()).hexdigest() == waiting
    assert (kept / "source.txt").read_bytes() == Path("revised.txt").read_bytes()
    assert yaml.safe_load((place / "unit.yaml").read_text("utf-8"))["source"]["document"] != "revised.txt"
    before = snapshot(place)
    ran = run("unit", "import", "revised.txt")
    assert ran.status == 3
    assert "does not have A4011.02, A4013.01, for which ASM-REE-5-059ZB contains items" in ran.err
    assert "has A4011.01, A4012.03 in other words" in ran.err
    assert f"examgen unit diff {CODE} {waiting[:12]}" in ran.out
    assert f"examgen bank remap {CODE} --to {waiting[:12]}" in ran.out
    assert snapshot(place) == before
    assert "edition-waiting" in run.ok("bank", "check", CODE).err
    listed = run.json("unit", "show", CODE, "--editions")["editions"]
    assert [(one["state"], one["criteria"]) for one in listed] == [("present", 8), ("waiting", 8)]
    assert "waiting" in run("unit", "show", CODE, "--editions").out


def test_a_damaged_edition_is_told(place: Path, waiting: str, run: Run) -> None:
    (place / "editions" / waiting[:12] / "unit.yaml").write_text("code: [", "utf-8")
    assert "edition-unreadable" in run("bank", "check", CODE).err
    assert "yaml-syntax" in run.refused("unit", "show", CODE, "--editions")


def test_an_edition_that_takes_nothing_away_becomes_present(place: Path, data: DATA, run: Run) -> None:
    old = (place / "unit.yaml").read_bytes()
    items = snapshot(place / "items")
    data["elements"][0]["criteria"].append({"code": "A4011.03", "text": "ประเมินความพึงพอใจของผู้ร่วมกิจกรรม"})
    Path("more.txt").write_text(document(data), "utf-8")
    ran = run.ok("unit", "import", "more.txt")
    assert "the previous edition is kept" in ran.out
    [kept] = [path for path in (place / "editions").iterdir() if path.is_dir()]
    assert (kept / "unit.yaml").read_bytes() == old
    assert kept.name == hashlib.sha256(old).hexdigest()[:12]
    assert (place / "source.txt").read_bytes() == Path("more.txt").read_bytes()
    assert snapshot(place / "items") == items
    listed = run.json("unit", "show", CODE, "--editions")["editions"]
    assert [one["state"] for one in listed] == ["present", "earlier"]
    found = run.json("unit", "diff", CODE, kept.name)
    changed = [one for one in found["differences"] if one["kinds"] != ["unchanged"]]
    assert [(one["kinds"], one["new"]["code"]) for one in changed] == [(["added"], "A4011.03")]


# ── diff ─────────────────────────────────────────────────────────────────────────────────────


def test_the_diff_names_every_change_and_what_it_touches(place: Path, waiting: str, run: Run) -> None:
    ids = [
        one["id"] for path in place.glob("items/*.yaml") for one in yaml.safe_load(path.read_text("utf-8"))
    ]
    (place / "reviews.yaml").write_text(
        yaml.safe_dump([approval("A4013.01-101"), approval("A4012.01-101")], sort_keys=False), "utf-8"
    )
    found = run.json("unit", "diff", CODE, waiting[:8])
    changed = {
        (one["about"], one["old"]["code"] if one["old"] else one["new"]["code"]): one
        for one in found["differences"]
        if one["kinds"] != ["unchanged"]
    }
    assert {key: one["kinds"] for key, one in changed.items()} == {
        ("criterion", "A4011.01"): ["reworded"],
        ("criterion", "A4011.02"): ["removed"],
        ("criterion", "A4012.03"): ["reworded"],
        ("criterion", "A4012.04"): ["added"],
        ("criterion", "A4013.01"): ["moved"],
        ("methods", None): ["changed"],
    }
    moved = changed["criterion", "A4013.01"]["touches"]
    mine = {name for name in moved["items"] if name in ids}
    assert mine == {name for name in ids if name.startswith("A4013.01")}
    assert {*moved["items"]} - mine  # tasks of instruments
    assert moved["approvals"] == ["A4013.01-101"]
    assert found["blueprints"] == []
    shown = run.ok("unit", "diff", CODE, waiting[:12])
    assert "criterion moved" in shown.out
    assert "methods of assessment changed at level 4" in shown.out
    assert "criteria unchanged: 4, differences: 6" in shown.out


def approval(item: str) -> DATA:
    zeros = "0" * 64
    steps = {"from": "review", "to": "approved", "verdict": "accept", "by": "สมศรี", "date": "2026-11-01"}
    return {"item": item, "hash": zeros, "edition": zeros, **steps}


def test_a_blueprint_of_a_level_now_tested_orally_says_so(place: Path, data: DATA, run: Run) -> None:
    data["assessment"][1]["methods"] = ["interview"]
    Path("oral.txt").write_text(document(data), "utf-8")
    imported = run.ok("unit", "import", "oral.txt")
    assert "Blueprints that no longer fit" in imported.out
    assert imported.err.count("[level-without-written-test]") == 4
    assert "18.2" in imported.err
    assert len(list((place / "blueprints").glob("level-4*.yaml"))) == 4
    [kept] = [path.name for path in (place / "editions").iterdir() if path.is_dir()]
    [one] = [
        one for one in run.json("unit", "diff", CODE, kept)["differences"] if one["kinds"] != ["unchanged"]
    ]
    assert (one["kinds"], one["level"]) == (["changed", "written_test_lost"], 4)
    assert run("build", place / "blueprints" / "level-4.yaml").status == 1


def test_a_diff_of_what_is_not_there_is_refused(place: Path, run: Run) -> None:
    assert run("unit", "diff", CODE, "ffff").status == 1
    assert run("unit", "diff", "NO-SUCH-UNIT", "ffff").status == 1


# ── remap ────────────────────────────────────────────────────────────────────────────────────


def remap(run: Run, waiting: str, *words: str, pairs: tuple[str, ...] = PAIRS) -> Any:
    return run(
        "bank", "remap", CODE, "--to", waiting[:12], *[f"--pair={pair}" for pair in pairs], *words, "--json"
    )


def test_nothing_is_lost_by_a_remap(place: Path, waiting: str, run: Run) -> None:
    old_unit, before = (place / "unit.yaml").read_bytes(), item_texts(place)
    ran = remap(run, waiting, "--by", "สมชาย")
    assert ran.status == 3, ran.text
    done = json.loads(ran.out)
    after = item_texts(place)
    assert after.keys() == before.keys()
    for name, text in before.items():
        pcs = done["changed"].get(name, {}).get("pcs")
        old = name.rsplit("-", 1)[0]
        expected = text.replace(f"pcs: [{old}]", f"pcs: [{pcs[0]}]") if pcs else text
        assert after[name] == expected, name
    assert {name for name in before if name.startswith("A4011.02")} == set(done["orphaned"])
    kept = place / "editions" / hashlib.sha256(old_unit).hexdigest()[:12]
    assert (kept / "unit.yaml").read_bytes() == old_unit
    assert hashlib.sha256((place / "unit.yaml").read_bytes()).hexdigest() == waiting
    assert (place / "source.txt").read_bytes() == Path("revised.txt").read_bytes()
    assert not (place / "items" / "A4013.01.yaml").exists()
    assert not (place / "items" / "A4011.02.yaml").exists()
    orphans = (place / "orphans" / "A4011.02.yaml").read_text("utf-8")
    assert orphans.startswith(f"# From edition {kept.name}: counted for A4011.02 “ระบุกระบวนการ")
    moved = yaml.safe_load((place / "items" / "A4012.05.yaml").read_text("utf-8"))
    assert {item["pcs"][0] for item in moved} == {"A4012.05"}
    [split] = yaml.safe_load((place / "items" / "A4012.04.yaml").read_text("utf-8"))
    assert split["id"] == "A4012.03-102"
    [entry] = yaml.safe_load((place / "editions" / "history.yaml").read_text("utf-8"))
    assert (entry["by"], entry["to"]) == ("สมชาย", waiting)
    assert set(entry["orphaned"]) == set(done["orphaned"])


@pytest.mark.long("a whole remap; test_after_a_remap_the_bank_is_sound has one each time")
def test_an_instrument_goes_along_where_its_criteria_stay_and_is_kept_aside_else(
    place: Path, waiting: str, run: Run
) -> None:
    before = snapshot(place / "instruments")
    ran = remap(run, waiting)
    aside = json.loads(ran.out)["instruments"]
    ids = {yaml.safe_load(text)["id"] for text in before.values()}
    assert set(aside) == ids
    assert all("A4011.02" in reason for reason in aside.values())
    kept = snapshot(place / "orphans" / "instruments")
    assert not snapshot(place / "instruments")
    for name, text in before.items():
        note, _, rest = kept[name].partition(b"\n")
        assert rest == text
        assert note.startswith(b"# From edition ")
    assert run("bank", "check", CODE).text.count("[instrument-orphaned]") == len(ids)


def test_after_a_remap_the_bank_is_sound(place: Path, waiting: str, run: Run) -> None:
    assert remap(run, waiting).status == 3
    checked = run.ok("bank", "check", CODE, "--json")
    notices = [one for one in json.loads(checked.out)["problems"] if one["code"] == "items-orphaned"]
    assert [one["source"] for one in notices] == [f"{CODE}/orphans/A4011.02.yaml"]
    run.ok("unit", "import", "revised.txt")
    assert run("build", place / "blueprints" / "level-4.yaml").status == 4


def test_a_rating_follows_the_words_of_its_criterion(place: Path, data: DATA, run: Run) -> None:
    """Reworded under its code: void. The same words under another code: it goes along."""
    items = {
        str(i["id"]): i for p in place.glob("items/*.yaml") for i in yaml.safe_load(p.read_text("utf-8"))
    }
    rated = ("A4012.02-101", "A4012.03-101", "A4011.01-101")
    edition = hashlib.sha256((place / "unit.yaml").read_bytes()).hexdigest()
    lines = [
        {"kind": kind, "round": 1, "expert": f"expert-{n}", "item": name, "hash": Item.model_validate(items[name]).sha256(),
         "pc": name[:8], "edition": edition, "value": value, "date": "2026-11-20", **({"level": 4} if kind == "angoff" else {})}
        for name in rated for n in (1, 2) for kind, value in (("ioc", -1), ("angoff", 0.5))
    ]  # fmt: skip
    (place / "ratings.yaml").write_text(yaml.safe_dump(lines, allow_unicode=True), "utf-8")
    run.ok("bank", "status", CODE, *rated, "--to", "review", "--by", "K")
    criteria = data["elements"][1]["criteria"]
    criteria[1]["text"] = "ระบุและจำแนกประเภทของข้อร้องเรียนได้"
    criteria.insert(2, {"code": "A4012.03", "text": "จัดทำแผนงบประมาณประจำปีของอาคารชุด"})
    criteria[3]["code"] = "A4012.04"
    Path("new.txt").write_text(document(data), "utf-8")
    to = run.json("unit", "import", "new.txt")["edition"]["sha256"]
    pairs = ("--pair=A4012.02=A4012.02", "--pair=A4012.03=A4012.04")
    assert run("bank", "remap", CODE, "--to", to[:12], *pairs).status == 3
    panels = run.json("bank", "review", CODE, "--ratings")["panels"]
    assert [one["kind"] for one in panels] == ["ioc", "angoff"]
    for one in panels:
        assert [item["item"] for item in one["items"]] == ["A4011.01-101", "A4012.03-101"]
        assert one["outdated"] == ["A4012.02-101"]
    refused = run("bank", "status", CODE, *rated, "--to", "approved", "--by", "K")
    assert refused.status == 1
    assert "experts rated it -1.00 for A4012.04" in refused.text
    assert "A4012.02-101" not in refused.text  # nobody has judged it for the new words


def test_a_dry_run_writes_nothing(place: Path, waiting: str, run: Run) -> None:
    before = snapshot(place)
    ran = remap(run, waiting, "--dry-run")
    assert (ran.status, json.loads(ran.out)["written"]) == (3, False)
    assert snapshot(place) == before


@pytest.mark.parametrize(
    ("pairs", "status", "words"),
    [
        ((), 1, "no pair was confirmed"),
        (("A4011.01=A4019.01",), 1, "A4019.01 is not a criterion of the new edition"),
        (("A4019.01=A4011.01",), 1, "A4019.01 is not a criterion of the present edition"),
        (("A4011.01",), 2, "Write OLD=NEW"),
        (("A4012.03=A4012.03", "A4012.03=A4012.04"), 1, "Keep it under one of them"),
    ],
)
def test_pairs_without_meaning(
    place: Path, waiting: str, run: Run, pairs: tuple[str, ...], status: int, words: str
) -> None:
    before = snapshot(place)
    ran = remap(run, waiting, pairs=pairs)
    assert ran.status == status
    assert words in ran.text
    assert snapshot(place) == before


def test_a_code_with_another_text_carries_no_item_unasked(place: Path, data: DATA, run: Run) -> None:
    data["elements"][1]["criteria"][1]["text"] = "จัดทำงบประมาณประจำปีของนิติบุคคลอาคารชุด"
    Path("other.txt").write_text(document(data), "utf-8")
    imported = run("unit", "import", "other.txt", "--json")
    assert imported.status == 3
    edition = json.loads(imported.out)["edition"]["sha256"]
    ran = remap(run, edition, pairs=())
    assert ran.status == 3, ran.text
    done = json.loads(ran.out)
    assert {name.rsplit("-", 1)[0] for name in done["orphaned"]} == {"A4012.02"}
    assert (place / "orphans" / "A4012.02.yaml").is_file()


def test_one_item_moved_takes_no_other_along(place: Path, waiting: str, run: Run) -> None:
    pairs = (*PAIRS, "A4012.01-101=A4012.04")
    path = place / "items" / "A4013.02.yaml"
    text = path.read_text("utf-8").replace("pcs: [A4013.02]", "pcs: [A4013.02, A4012.01, A4011.02]", 1)
    path.write_text(text, "utf-8")
    done = json.loads(remap(run, waiting, pairs=pairs).out)
    carried = done["carried"]
    assert carried["A4012.01-101"] == "A4012.04"
    assert {pc for item, pc in carried.items() if item.startswith("A4012.01") and item != "A4012.01-101"} == {
        "A4012.01"
    }
    assert done["changed"]["A4013.02-101"] == {"pcs": ["A4013.02", "A4012.01"]}
    assert [one["item"] for one in done["notices"] if one["code"] == "pc-dropped"] == ["A4013.02-101"]
    assert {item.rsplit("-", 1)[0] for item in done["orphaned"]} == {"A4011.02"}


@pytest.mark.long("a whole remap; test_after_a_remap_the_bank_is_sound has one each time")
def test_a_level_that_is_gone_leaves_items_and_enemies_are_kept(place: Path, data: DATA, run: Run) -> None:
    path = place / "items" / "A4011.01.yaml"
    text = path.read_text("utf-8").replace(
        "  status: draft\n", "  status: draft\n  enemies: [A4011.02-101]  # alike\n", 1
    )
    text = re.sub(r"levels: \[.*\]", "levels: [3, 4, 5]", text, count=1)
    path.write_text(text, "utf-8")
    data["levels"].remove(3)
    del data["occupations"][0]
    del data["assessment"][0]
    del data["elements"][0]["criteria"][1]
    Path("less.txt").write_text(document(data), "utf-8")
    imported = run("unit", "import", "less.txt", "--json")
    assert imported.status == 3
    assert "does not state level 3" in imported.out
    edition = json.loads(imported.out)["edition"]["sha256"]
    done = json.loads(remap(run, edition, pairs=()).out)
    assert done["written"]
    assert done["changed"]["A4011.01-101"] == {"levels": [4, 5], "enemies": None}
    assert any(one["code"] == "level-dropped" for one in done["notices"])
    assert "# Named as an enemy by A4011.01-101\n- id: A4011.02-101" in (
        place / "orphans" / "A4011.02.yaml"
    ).read_text("utf-8")
    run.ok("bank", "check", CODE)


# ── what names its edition ───────────────────────────────────────────────────────────────────


def test_an_exam_and_its_results_name_the_edition(workspace: Path, run: Run) -> None:
    edition = hashlib.sha256((workspace / "item_bank/T-1/unit.yaml").read_bytes()).hexdigest()
    run.ok("build", "bp.yaml", "--out", "e")
    assert yaml.safe_load(Path("e/exam.yaml").read_text("utf-8"))["bank"]["editions"] == {"T-1": edition}
    run.ok("simulate", "e", "--candidates", 20, "--seed", 3, "--out", "a.csv")
    assert run.json("score", "e", "a.csv")["editions"] == {"T-1": edition}
    assert json.loads(Path("e/results/audit.json").read_text("utf-8"))["editions"] == {"T-1": edition}
