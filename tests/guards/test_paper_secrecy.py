"""Nothing in papers/ tells the key, nor the order in which the bank has the options.

A bank in which every key is another one prints the same papers byte for byte, and so does one whose authors wrote
the right option first everywhere. What is the same under every key tells nothing of it: no text, no order of
objects, no name of a font, no digest. Besides, everything in the files is looked through for words that only
secure/ may have, and a PDF holds no text that no page of it shows.
"""

from __future__ import annotations

import copy
import io
import random
import shutil
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pikepdf
import pytest
import yaml

from tests.guards.commands import Examgen, read_csv, write_csv

UNIT = "DG-TWRT-007"
BLUEPRINT = f"""
exam: X
title: {{th: ทดสอบ, en: Test}}
units: [{UNIT}]
forms: 2
items: 8
statuses: [draft]
time_min: 45
pass: {{percent: 60}}
seed: 5
"""
PERSONAL = "personal: {items: true, options: true}\nspare: 1\n"
CANDIDATES: list[list[object]] = [
    ["candidate_id", "name", "room", "seat", "accessible"],
    *(list[object]((f"10{n:02d}", f"นาย{n}", "1", f"A{n}", "x" if n == 1 else "")) for n in range(3)),
]
PERSONALLY = ("--candidates", "people.csv", "--papers", "personal.yaml")
PRINTINGS: dict[str, tuple[str, ...]] = {"forms": (), "candidates": PERSONALLY}
ALL_PRINTINGS = {
    "forms": ("--accessible", "--large-print", "--books"),
    "candidates": ("--accessible", *PERSONALLY),
}
SECRETS = ("WHYRIGHT", "SEEBOOK", "rationale", "DG401.", "DG402.")
"""Words of rationales and references, and the codes of criteria and items."""

Row = dict[str, Any]


def rows(path: Path) -> list[Row]:
    """The items of a file of the starter bank, each with an author's words that no candidate may see."""
    items: list[Row] = yaml.safe_load(path.read_text("utf-8"))
    chance = random.Random(path.name)
    for item in items:
        for name in ("family", "right_if", "decided_by", "anchored", "options_order"):
            item.pop(name, None)
        item["key"] = chance.choice(list(item["options"]))
        item["rationale"] = {name: f"WHYRIGHT {name} {item['id']}" for name in item["options"]}
        item["reference"] = f"SEEBOOK {item['id']}"
    return items


def another_key(item: Row) -> Row:
    """The same with another option right and other rationales."""
    names = list(item["options"])
    item["key"] = names[(names.index(item["key"]) + 1) % len(names)]
    item["rationale"] = {name: f"WHYRIGHT not {name}" for name in names}
    return item


def right_option_first(item: Row) -> Row:
    """The same as an author writes it who puts the right option first: its key is `a`."""
    names = list(item["options"])
    order = [item["key"], *(name for name in names if name != item["key"])]
    new = dict(zip(names, order, strict=True))
    item["options"] = {name: item["options"][old] for name, old in new.items()}
    item["rationale"] = {name: item["rationale"][old] for name, old in new.items()}
    item["key"] = names[0]
    return item


def options_backwards(item: Row) -> Row:
    """The same with its options written down backwards; the same text is right."""
    names = list(item["options"])
    new = dict(zip(names, reversed(names), strict=True))
    item["options"] = {name: item["options"][old] for name, old in new.items()}
    item["rationale"] = {name: item["rationale"][old] for name, old in new.items()}
    item["key"] = new[item["key"]]
    return item


class Printed(NamedTuple):
    """What a bank gives: each file of papers/, and the letters of the key, by printing."""

    papers: dict[str, bytes]
    keys: dict[str, list[str]]


def another_key_first(item: Row) -> Row:
    """The same with another option right, and that one written down first."""
    return right_option_first(another_key(item))


def printed(
    examgen: Examgen, workspace: Path, change: Callable[[Row], Row], printings: dict[str, tuple[str, ...]]
) -> Printed:
    """Write a bank, build an exam and print it, form by form and then for each candidate."""
    for path in (workspace / "item_bank" / UNIT / "items").glob("*.yaml"):
        items = [change(copy.deepcopy(item)) for item in rows(path)]
        path.write_text(yaml.safe_dump(items, allow_unicode=True, sort_keys=False), "utf-8")
    (workspace / "bp.yaml").write_text(BLUEPRINT, "utf-8")
    (workspace / "personal.yaml").write_text(PERSONAL, "utf-8")
    write_csv(workspace / "people.csv", CANDIDATES)
    assert examgen("build", "bp.yaml", cwd=workspace, status=None).status in (0, 3)
    folder = workspace / "output/X"
    papers: dict[str, bytes] = {}
    keys: dict[str, list[str]] = {}
    for name, words in printings.items():
        examgen("render", folder, *words, cwd=workspace)
        papers |= {f"{name}/{file}": data for file, data in files(folder / "papers").items()}
        keys[name] = [row["key"] for row in read_csv(folder / "secure/key.csv")]
    return Printed(papers, keys)


def files(folder: Path) -> dict[str, bytes]:
    """Every file in a folder."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()
    }


@pytest.fixture(scope="module")
def was(examgen: Examgen, starter: Path, tmp_path_factory: pytest.TempPathFactory) -> Printed:
    """What the bank as it is prints."""
    workspace = Path(shutil.copytree(starter, tmp_path_factory.mktemp("was") / "workspace"))
    return printed(examgen, workspace, lambda row: row, PRINTINGS)


def same_papers(was: Printed, now: Printed) -> None:
    """Two banks print the same."""
    assert [name for name in was.papers if was.papers[name] != now.papers.get(name)] == []
    assert was.papers.keys() == now.papers.keys()
    assert len(was.papers) >= 12
    assert all(len(set(letters)) == 4 for letters in was.keys.values())


def test_a_bank_of_other_keys_prints_the_same_bytes(examgen: Examgen, workspace: Path, was: Printed) -> None:
    now = printed(examgen, workspace, another_key_first, PRINTINGS)
    same_papers(was, now)
    assert all(was.keys[name] != now.keys[name] for name in PRINTINGS)


@pytest.mark.long("eight printings, some of them for screen readers; two are always compared")
@pytest.mark.parametrize("change", [another_key, right_option_first, options_backwards])
def test_banks_of_other_keys_print_the_same_bytes_for_everybody(
    examgen: Examgen, workspace: Path, starter: Path, tmp_path: Path, change: Callable[[Row], Row]
) -> None:
    whole = Path(shutil.copytree(starter, tmp_path / "whole"))
    before, now = (
        printed(examgen, place, how, ALL_PRINTINGS)
        for place, how in ((whole, lambda row: row), (workspace, change))
    )
    same_papers(before, now)
    assert (before.keys == now.keys) == (change is not another_key)  # the same text is right, or another one


def parts(name: str, data: bytes) -> Iterator[tuple[str, bytes]]:
    """A file and all that is packed in it: members of archives, streams of PDFs, decoded."""
    yield name, data
    if data.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            for member in archive.namelist():
                yield from parts(f"{name}/{member}", archive.read(member))
    elif data.startswith(b"%PDF"):
        with pikepdf.open(io.BytesIO(data)) as pdf:
            for number, thing in enumerate(pdf.objects):
                yield f"{name}#{number}", repr(thing).encode()
                if isinstance(thing, pikepdf.Stream) and thing.get("/Subtype") != "/Image":
                    yield f"{name}#{number} stream", thing.read_bytes()


def encodings(word: str) -> Iterator[bytes]:
    """The ways in which a word may be written."""
    yield from {
        word.encode(),
        word.encode("utf-16-be"),
        word.encode("utf-16-le"),
        word.encode().hex().encode(),
    }


def test_no_word_of_secure_is_in_any_part_of_a_file(was: Printed) -> None:
    found = {
        (name, word)
        for file, data in was.papers.items()
        for name, part in parts(file, data)
        for word in SECRETS
        for written in encodings(word)
        if written in part or written.upper() in part
    }
    assert found == set()


def test_nothing_but_pages_is_in_a_paper(was: Printed) -> None:
    """No attachment, no script, no note, no field; metadata name the title and the program alone."""
    for name, data in was.papers.items():
        if data.startswith(b"%PDF"):
            with pikepdf.open(io.BytesIO(data)) as pdf:
                told = set(pdf.docinfo) - {"/Title", "/Producer", "/CreationDate", "/ModDate", "/Creator"}
                assert told == set(), name
                assert not pdf.attachments, name
                assert not {"/AcroForm", "/OpenAction", "/AA", "/Collection"} & set(pdf.Root), name
                assert set(pdf.Root.get("/Names", {})) <= {"/Dests"}, name  # places that bookmarks lead to
                assert all("/Annots" not in page for page in pdf.pages), name


def drawn(pdf: pikepdf.Pdf) -> set[tuple[int, int]]:
    """The objects whose content pages of a PDF draw, those within others too."""
    seen: set[tuple[int, int]] = set()

    def draw(holder: Any, resources: Any) -> None:
        for drawing in pikepdf.parse_content_stream(holder):
            if str(drawing.operator) != "Do":
                continue
            thing = resources["/XObject"][str(drawing.operands[0])]
            if thing.objgen not in seen:
                seen.add(thing.objgen)
                if thing.get("/Subtype") == "/Form":
                    draw(thing, thing.get("/Resources", resources))

    for page in pdf.pages:
        draw(page, page.obj.get("/Resources", {}))
    return seen


def test_a_pdf_holds_no_content_that_no_page_draws(was: Printed) -> None:
    n_forms = 0
    for name, data in was.papers.items():
        if data.startswith(b"%PDF"):
            with pikepdf.open(io.BytesIO(data)) as pdf:
                on_pages = drawn(pdf)
                for thing in pdf.objects:
                    if isinstance(thing, pikepdf.Stream) and thing.get("/Subtype") in ("/Form", "/Image"):
                        masks = "/SMask" not in thing and thing.get("/ColorSpace") == "/DeviceGray"
                        assert thing.objgen in on_pages or masks, (name, thing.objgen)
                        n_forms += 1
    assert n_forms > 20


def test_what_is_read_by_programs_names_questions_and_no_more(was: Printed) -> None:
    head, *lines = was.papers["forms/answers-template.csv"].decode("utf-8-sig").splitlines()
    assert head == ",".join(("candidate_id", "form", *(f"Q{n}" for n in range(1, 9))))
    assert all(not line.strip(",") or line.count(",") == head.count(",") for line in lines)
    assert sum(line.rstrip(",").count(",") > 1 for line in lines) == 0, "an answer in an empty template"
