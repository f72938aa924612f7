"""Forms of an exam as packages for the screen: what they hold, and that the key is nowhere in them."""

from __future__ import annotations

import json
import re
import zipfile
from pathlib import Path
from typing import Any

import pytest
import yaml

from examgen.core.problems import Refused, WrongUsage
from examgen.interchange import formats
from examgen.interchange.place import Exported, ExportOptions
from examgen.reports.exports.formats import export
from tests.digests import listed
from tests.screen_exams import screen_exam
from tests.sittings import build, list_of, print_for, table

N = 13


@pytest.fixture(scope="module")
def exam(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return screen_exam(tmp_path_factory.mktemp("screen") / "exam")


def _made(exam: Path, out: Path, format: str = "qti30", keys: str | None = None) -> Exported:
    return export(exam, format, ExportOptions(out=out, keys=keys))


def _members(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


@pytest.mark.parametrize("format", ["qti22", "qti30", "moodle-xml", "gift"])
def test_a_form_stands_there_in_its_order_with_its_key(exam: Path, tmp_path: Path, format: str) -> None:
    made = _made(exam, tmp_path, format, "inside")
    assert made.alarm
    items = {
        one["id"]: one for one in yaml.safe_load((exam / "secure/items.yaml").read_text("utf-8"))["items"]
    }
    for name in made.names:
        form = Path(name).stem[-1]
        key = [row["key"] for row in table(exam / "secure/key.csv") if row["form"] == form]
        rows = [row for row in table(exam / "secure/forms.csv") if row["form"] == form]
        read = formats.read((tmp_path / name).read_bytes(), name)
        assert not read.set_aside
        right = ["|".join("ABCDE"[n] for n in one.right) for one in read.questions]
        # QTI names one right answer where one is chosen, and the points of the others
        is_qti = format.startswith("qti")
        assert all(
            one in keys.split("|") if is_qti else one == keys for one, keys in zip(right, key, strict=True)
        )
        for row, one in zip(rows, read.questions, strict=True):
            said = [items[row["item"]]["options"][option] for option in row["options"].split()]
            shown = [choice.text.markdown for choice in one.choices]
            assert [re.sub(r"\W", "", text) for text in shown] == [re.sub(r"\W", "", text) for text in said]
            assert not one.feedback or format in ("moodle-xml", "gift")
            assert not any(choice.feedback for choice in one.choices)


def test_what_pilot_items_are_worth_is_told_as_it_is(exam: Path, tmp_path: Path) -> None:
    told = {
        name: " ".join(_made(exam, tmp_path / name, name, "inside").told) for name in ("gift", "moodle-xml")
    }
    assert "worth 0 there" in told["moodle-xml"]
    assert "worth 0 there" not in told["gift"]
    pilots = {row["item"] for row in table(exam / "secure/key.csv") if row["points"] == "0"}
    assert pilots
    assert all(one in told["gift"] for one in pilots)


def test_a_package_is_sat_as_the_blueprint_says(exam: Path, tmp_path: Path) -> None:
    _made(exam, tmp_path)
    whole = _members(tmp_path / "T-1-L4-A.zip")
    test = whole["test.xml"].decode()
    assert 'max-time="1200"' in test
    assert 'navigation-mode="nonlinear"' in test
    assert 'show-feedback="false"' in test
    assert "qti-weight" not in test
    rows = [row for row in table(exam / "secure/forms.csv") if row["form"] == "A"]
    names = re.findall(r'item-ref identifier="(\w+)" href="items/\1.xml"', test)
    assert (
        [int(name[1:4]) for name in names] == list(range(1, N + 1)) == [int(row["question"]) for row in rows]
    )
    for name, row in zip(names, rows, strict=True):
        resource = re.search(
            rf'<resource identifier="{name}".*?</resource>', whole["imsmanifest.xml"].decode()
        )
        assert resource is not None
        assert f"<csm:label>{row['pc']}</csm:label>" in resource[0]
        body = whole[f"items/{name}.xml"].decode()
        assert 'shuffle="false"' in body
        assert re.findall(r'choice identifier="(\w)"', body) == list("ABCD")


def _keyed_otherwise(exam: Path, other: Path) -> Path:
    """The same papers, of which every word that candidates do not see is another: keys, ids of items and
    options, rationales, references, levels, names of pictures and what they do not show, which items are for trial."""
    for path in exam.rglob("*"):
        if path.is_file():
            place = other / path.relative_to(exam).as_posix().replace("the-right-one-is-b", "c")
            place.parent.mkdir(parents=True, exist_ok=True)
            data = path.read_bytes()
            place.write_bytes(data.replace(b"the-right-one-is-b", b"c") if path.suffix == ".svg" else data)
    (other / "secure").chmod(0o700)
    turned = dict(zip("abcd", "dacb", strict=True))
    snapshot = yaml.safe_load((other / "secure/items.yaml").read_text("utf-8"))
    for item in snapshot["items"]:
        old, item["id"] = item["key"], f"X{item['id']}"
        keys = [old] if isinstance(old, str) else old
        item["key"] = [turned[keys[0]]] if len(keys) == 1 else ["b"]
        item["options"] = {turned[name]: text for name, text in item["options"].items()}
        item["rationale"] = {turned[name]: f"why {name}" for name in item["rationale"]}
        item |= {"reference": "elsewhere", "cognitive": "evaluate", "levels": [3], "anchored": []}
        item["stem"] = item["stem"].replace("the-right-one-is-b", "c")
    for form in snapshot["forms"]:
        for printed in form["items"]:
            printed |= {
                "item": f"X{printed['item']}",
                "order": [turned[name] for name in printed["order"]],
                "points": 1,
            }
    (other / "secure/items.yaml").write_text(yaml.safe_dump(snapshot, allow_unicode=True), "utf-8")
    _rewrite(other / "secure/forms.csv", turned)
    manifest = yaml.safe_load((other / "exam.yaml").read_text("utf-8"))
    manifest["files"] = listed(
        {
            path.relative_to(other).as_posix(): path.read_bytes()
            for path in (other / "secure").rglob("*")
            if path.is_file()
        }
    )
    (other / "exam.yaml").write_text(yaml.safe_dump(manifest, allow_unicode=True), "utf-8")
    return other


def _rewrite(path: Path, turned: dict[str, str]) -> None:
    lines = path.read_text("utf-8-sig").splitlines()
    found = [lines[0]]
    for line in lines[1:]:
        form, question, item, *rest, options = line.split(",")
        order = " ".join(turned[name] for name in options.split())
        found.append(",".join([form, question, f"X{item}", *rest, order]))
    path.write_text("\n".join(found) + "\n", "utf-8-sig")


@pytest.mark.parametrize("scoring", [{}, {"several": "all"}, {"several": "partial", "wrong": "1/3"}])
@pytest.mark.parametrize("format", ["qti22", "qti30"])
def test_no_byte_of_a_package_depends_on_the_key(
    tmp_path: Path, format: str, scoring: dict[str, Any]
) -> None:
    exam = screen_exam(tmp_path / "one", scoring=scoring) if scoring else screen_exam(tmp_path / "one")
    other = _keyed_otherwise(exam, tmp_path / "two")
    assert (exam / "secure/items.yaml").read_bytes() != (other / "secure/items.yaml").read_bytes()
    _made(exam, tmp_path / "a", format)
    _made(other, tmp_path / "b", format)
    for form in "AB":
        name = f"T-1-L4-{form}.zip"
        one, two = _members(tmp_path / "a" / name), _members(tmp_path / "b" / name)
        for member in one:
            # a picture's own name is a word of the stem that the bank alone reads
            assert one[member] == two.get(member), member
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()


def test_a_paper_for_word_has_of_a_picture_what_it_shows(exam: Path, tmp_path: Path) -> None:
    export(exam, "word", ExportOptions(out=tmp_path))
    members = _members(tmp_path / "A.docx")
    assert any(name.endswith(".svg") and b"M5 55" in data for name, data in members.items())
    for name, data in members.items():
        assert b"the-right-one-is-b" not in name.encode() + data, name


def test_what_a_package_without_keys_has_no_place_for(exam: Path, tmp_path: Path) -> None:
    _made(exam, tmp_path)
    whole = _members(tmp_path / "T-1-L4-A.zip")
    for member, data in whole.items():
        text = (member + data.decode("utf-8", "replace")).lower()
        assert not re.search(
            'correct|mapping|mapentry|processing|feedback="true|modal|outcome|score|rationale', text
        )
        assert not re.search("the-right|level-|cognitive|pilot|e1.01-0", text), member
    read = formats.read((tmp_path / "T-1-L4-A.zip").read_bytes(), "a.zip")
    assert not any(one.right for one in read.questions)
    with zipfile.ZipFile(tmp_path / "T-1-L4-A.zip") as archive:
        assert len({one.date_time for one in archive.infolist()}) == 1
        names = [one.filename for one in archive.infolist()]
        assert names[1:] == sorted(names[1:])


def test_what_cannot_be_without_keys_is_refused(exam: Path, tmp_path: Path) -> None:
    for format, keys in (("gift", None), ("moodle-xml", "none"), ("qti30", "both"), ("mirt", "none")):
        with pytest.raises(WrongUsage, match="keys"):
            _made(exam, tmp_path / "x", format, keys)
    assert not (tmp_path / "x").exists()
    _made(exam, tmp_path / "y")
    with pytest.raises(WrongUsage, match="already exists"):
        _made(exam, tmp_path / "y")
    (exam / "secure/key.csv").chmod(0o600)
    damaged = screen_exam(tmp_path / "z")
    (damaged / "secure/key.csv").write_text("form\n")
    with pytest.raises(Refused, match="changed"):
        _made(damaged, tmp_path / "w")


def test_several_right_answers_are_scored_as_the_blueprint_says(tmp_path: Path) -> None:
    by_rule = {"any": ("single", "map_response"), "all": ("multiple", "match_correct")}
    for rule, (cardinality, template) in by_rule.items():
        exam = screen_exam(tmp_path / rule, forms=1, overlap=0, scoring={"several": rule})
        made = _made(exam, tmp_path / f"{rule}-out", keys="inside")
        key = {row["question"]: row["key"] for row in table(exam / "secure/key.csv")}
        items = [
            data.decode()
            for name, data in _members(tmp_path / f"{rule}-out" / made.names[0]).items()
            if "Q0" in name
        ]
        several = [one for one in items if "|" in key[str(int(re.findall(r'identifier="Q(\d+)', one)[0]))]]
        assert len(several) == 1
        assert f'cardinality="{cardinality}"' in several[0]
        assert f"{template}.xml" in several[0]
        assert sum(f'cardinality="{cardinality}"' in one.split("outcome")[0] for one in items) in (1, N)
        assert json.dumps(made.facts["keys"]) == '"inside"'


def test_forms_that_nobody_answers_as_they_were_built_are_refused(tmp_path: Path) -> None:
    """Booklets with orders of their own are read by these: a result of form A would be of none."""
    printed = build(tmp_path / "printed")
    print_for(printed, list_of(3))
    with pytest.raises(Refused, match="its own order"):
        _made(printed, tmp_path / "out")
    assert not (tmp_path / "out").exists()
