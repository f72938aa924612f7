"""A session of every command with every option that makes files, on a small workspace with unpleasant texts."""

from __future__ import annotations

import contextlib
import csv
import hashlib
import io
import json
import os
import re
import shlex
import shutil
from collections.abc import Callable, Iterable
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

import pypdfium2
import pytest
import yaml
from openpyxl import load_workbook
from PIL import ImageDraw

from examgen.bank.reviews.columns import RATING_SHEET
from examgen.bank.workbook.columns import ITEM_SHEET
from examgen.commands import main
from examgen.core.resources import example_page
from tests.bank.test_review_commands import fill
from tests.commands.test_editions import document, revise

UNIT = "ASM-REE-5-059ZB"
ITEMS = f"item_bank/{UNIT}/items"
PASSWORD = "ลับ & <secret>"
ODD = "=ก<b>&\"'น้ำ"
"""What a spreadsheet would run and a page would take for a tag."""
DAY = "--date 2026-11-20"
TODAY = date.today().isoformat()
"""On which a session decides where it says no day."""


class Done(NamedTuple):
    """A command of the session, its exit status and what it printed."""

    words: list[str]
    status: int
    out: str
    err: str


class Kept(NamedTuple):
    """A file that a command wrote, as it was right after it."""

    command: str
    name: str
    """Its path in the workspace, `/` between folders."""
    path: Path


class Session(NamedTuple):
    """What was run, and every file that it wrote."""

    done: tuple[Done, ...]
    files: tuple[Kept, ...]

    def different(self) -> list[Kept]:
        """The files, none twice that has the same bytes and stands beside the same."""
        found = {(one.path.name, _hash(one.path)): one for one in self.files}
        return list(found.values())

    def of(self, suffix: str) -> list[Kept]:
        """Those of one kind."""
        return [one for one in self.different() if one.path.suffix == suffix]


def write_inputs() -> None:
    """Blueprints, lists, settings and decisions that a user writes."""
    level_4 = yaml.safe_load(Path(f"item_bank/{UNIT}/blueprints/level-4.yaml").read_text("utf-8"))
    small = {name: value for name, value in level_4.items() if name not in ("criteria", "cognitive")} | {
        "items": 4,
        "title": {"th": f"สอบ {ODD}", "en": f"Trial {ODD}"},
        "statuses": ["draft", "review"],
        "judgement": {"min_items": 1, "percent": 60},
        "report": {"rank": True, "percentile": True, "t_score": "linear", "coverage": True},
    }
    _yaml("two.yaml", small | {"exam": "TWO"})
    own = {"exam": "OWN", "forms": "per_candidate", "candidates": 3}
    _yaml("own.yaml", {name: value for name, value in small.items() if name != "overlap"} | own)
    personal = {"personal": {"options": True, "items": True}, "spare": 1}
    _yaml("personal.yaml", small | {"exam": "PERSONAL", "forms": 1, "papers": personal})
    interview = yaml.safe_load(Path(f"item_bank/{UNIT}/blueprints/interview-7.yaml").read_text("utf-8"))
    _yaml("interview.yaml", interview | {"exam": "INTERVIEW", "forms": 1, "title": {"th": ODD, "en": ODD}})
    _yaml("too-many.yaml", small | {"exam": "MANY", "items": 40, "criteria": {"A4011.01": 30}})
    _yaml("papers.yaml", {"columns": 1})
    _yaml("scaled.yaml", {"slope": 2.5, "intercept": 150})
    decided = {"reason": f"why {ODD}", "by": ODD, "date": "2026-11-20"}
    _yaml("corrections.yaml", [{"kind": "credit_all", "form": "A", "question": 1, **decided}])
    _table(
        "candidates.csv",
        ["candidate_id", "name", "room", "seat", "centre", "large_print", "accessible"],
        [
            [f"{n:05d}", f"{ODD} {n}", f"ห้อง/{n % 2} <x>", str(n), "=ศูนย์&<i>", *[" x"[n == 1]] * 2]
            for n in range(1, 4)
        ],
    )
    Path("password.txt").write_text(PASSWORD + "\n", "utf-8")
    Path("reader.csv").write_text(
        "form,question,choice,sure\nDG-TWRT-007-5,1,A,3\nDG-TWRT-007-5,2,B,1\n", "utf-8"
    )
    Path("demo-bank").mkdir()
    for path in ("ASM-REE-5-059ZB/blueprints/level-4.yaml", "DG-TWRT-007/blueprints/standard.yaml"):
        short = yaml.safe_load(Path("item_bank", path).read_text("utf-8")) | {"forms": 1, "items": 2}
        place = Path("demo-bank", path)
        place.parent.mkdir(parents=True)
        _yaml(place, {name: value for name, value in short.items() if name not in ("criteria", "cognitive")})


def shorten_demo() -> None:
    """The two exams of the demo with fewer items, so that they are printed in no time."""
    shutil.copytree("demo-bank", "demo/item_bank", dirs_exist_ok=True)


def change_item() -> None:
    """What a writer types into the workbook."""
    book = load_workbook("items.xlsx")
    sheet = book[ITEM_SHEET]
    heads = {str(cell.value).split("\n")[0]: cell.column for cell in sheet[2]}
    stem = sheet.cell(3, heads["Stem"])
    stem.value = f"ข้อใดถูก {ODD[1:]} _x0041_ &amp; 1 < 2?"
    book.save("items.xlsx")


def write_questions() -> None:
    """Questions of Moodle, and which of its folders is which criterion."""
    Path("questions.gift").write_text(
        "$CATEGORY: กิจกรรม/=เริ่ม\n\n::@หนึ่ง::ข้อใดถูกที่สุดในงานนี้{=ก่อน#เพราะ ~หลัง ~ไม่ทำ}\n\n"
        "::สอง::น้ำเดือดที่กี่องศา{~50 =100 ~200}\n\n::สาม::จงอธิบาย{}\n",
        "utf-8",
    )
    _table("map.csv", ["what", "pc"], [["@หนึ่ง", "A4011.02"]])


def rate() -> None:
    """What two experts write."""
    for expert, path in enumerate(sorted(Path("review").glob("*.xlsx")), 1):
        names = [row[0].value for row in load_workbook(path)[RATING_SHEET].iter_rows(min_row=4)]
        values: dict[str, list[Any]] = {str(name): [1, 1] for name in names}
        fill(path, values, expert, {str(names[0]): ODD[1:]})


def revise_unit() -> None:
    """The page of a new edition."""
    Path("revised").mkdir()
    data = yaml.safe_load(Path(f"item_bank/{UNIT}/unit.yaml").read_text("utf-8"))
    revise(data)
    Path("revised.txt").write_text(document(data), "utf-8")


def confirm_plan() -> None:
    """A person confirms every pair."""
    path = Path("plan.yaml")
    plan = yaml.safe_load(path.read_text("utf-8"))
    seen: set[str] = set()
    for pair in plan["pairs"]:
        pair |= {"confirmed": True, "items": [item for item in pair["items"] if item not in seen]}
        seen |= set(pair["items"])
    _yaml(path, plan)


def mark_centres() -> None:
    """Answers with the centre, the room and a remark that a spreadsheet would run, and who was registered."""
    heading, *rows = _read("answers.csv")
    places = [["=เหนือ<b>&" if n % 3 else "ใต้ \"'", f"ห้อง {n % 4}", ODD] for n in range(len(rows))]
    extra = ["centre", "room", "remark"]
    lines = [
        row + extra if row == heading else row + place if len(row) == len(heading) else row
        for row, place in zip(rows, places, strict=True)
    ]
    _table("marked.csv", [*heading, *extra], lines)
    people = {row[0]: [row[0], ODD, place[1]] for row, place in zip(rows, places, strict=True) if row[0]}
    # one whose id has a zero too many in the answers
    people["SYN-00024"][0] = "SYN-0024"
    _table("roster.csv", ["candidate_id", "name", "room"], [*people.values()])
    _table("first.csv", [*heading, *extra], lines[:12])


def decide() -> None:
    """Decisions on a row and on a mark; responses as others hold them, with a group."""
    decided = ["reason", "by", "date"]
    _table("identities.csv", ["file", "line", "candidate_id", "form", *decided],
           [["first.csv", "3", "=9-9", "", ODD, ODD, "2026-11-20"]])  # fmt: skip
    _table("marks.csv", ["file", "line", "question", "answer", *decided],
           [["first.csv", "2", "1", "A", ODD, ODD, "2026-11-20"]])  # fmt: skip
    rows = [[str((n * (k + 3) // 7 + n // (k + 1)) % 2) for k in range(6)] for n in range(120)]
    names = ["=1+1", "ข้อ <2>", 'i"3', "i4", "i5", "i6"]
    letters = [["AB"[cell == "0"] for cell in row] for row in rows]
    for name, cells in (("scores.csv", rows), ("letters.csv", letters)):
        lines = [[f"={n}", *row, "ab"[n % 2]] for n, row in enumerate(cells)]
        _table(name, ["who", *names, "g"], lines)
    _table("named-pairs.csv", ["source", "copier"], [["=1", "=2"], ["=2", "=1"]])
    _table("key-of-letters.csv", ["item", "key"], [[name, "A"] for name in names[:-1]])
    _table("whole-key.csv", ["item", "key"], [[name, "A"] for name in names])
    parts = ["=A", "=A", "=A", "ข", "ข", "ข"]
    _table("parts.csv", ["item", "subscore"], [list(pair) for pair in zip(names, parts, strict=True)])
    asked = [[name, str(int(n < 4)), str(int(n > 2))] for n, name in enumerate(names)]
    _table("attributes.csv", ["item", "=A", "ข"], asked)
    Path("better.html").write_text("<p>no report", "utf-8")


def judge() -> None:
    """What the judges of a standard setting say of the items and candidates of exam TWO."""
    items = list(dict.fromkeys(row[2] for row in _read("output/TWO/secure/forms.csv")[1:]))
    scored = _read("output/TWO/results/candidates.csv")[1:]
    spread = [n / len(items) for n in range(len(items))]
    judges = [f"{ODD[1:]} {n}" for n in range(4)]
    ratings = [[who, *(f"{0.3 + (x + n / 9) / 2:.2f}" for x in spread)] for n, who in enumerate(judges)]
    _table("ratings.csv", ["judge", *items], ratings)
    _table(
        "known.csv",
        ["item", "facility", "b"],
        [[i, f"{x:.2f}", f"{x:.2f}"] for i, x in zip(items, spread, strict=True)],
    )
    _table("placed.csv", ["item", "difficulty", "relevance"], [[item, ODD, "high"] for item in items])
    _table(
        "shares.csv",
        ["judge", "difficulty", "relevance", "share"],
        [[who, ODD, "high", "50"] for who in judges],
    )
    assessed = [
        [f"{ODD[1:]} {n}", f"{ODD[1:]} {by}", task, str((n * (by + 2) + len(task)) % 4)]
        for n in range(40) for by in (n % 3, (n + 1) % 3) for task in (ODD[1:], "T2")
    ]  # fmt: skip
    _table("assessed.csv", ["candidate_id", "assessor", "task", "points"], assessed)
    _table("bookmarks.csv", ["judge", "bookmark"], [[who, str(n % 3 + 2)] for n, who in enumerate(judges)])
    grouped = [[row[0], row[1], row[2], kind, str(float(row[2]) + n % 2 / 9)] for row in scored
               for n, kind in enumerate(["borderline", "yes", "no"][: 1 + 2 * (float(row[2]) > 1)])]  # fmt: skip
    heads = ["candidate_id", "form", "score", "group", "grade"]
    _table(
        "known-people.csv",
        heads,
        [[*row[:3], "yes" if float(row[2]) >= 3 else "no", row[4]] for row in grouped],
    )
    _table("border.csv", heads, [[*row[:3], "borderline", row[4]] for row in grouped])
    _table(
        "limits.csv",
        ["judge", "min_cut", "max_cut", "min_fail", "max_fail"],
        [[ODD[1:], "0", "4", "0", "100"]],
    )


def badge_of_somebody() -> None:
    """The badge that a candidate would send."""
    name = _read("badges/badges.csv")[1][2]
    shutil.copy(f"badges/{name}", "badge.json")


def mark_sheet() -> None:
    """An answer sheet on which somebody marked an answer, and no number."""
    page = pypdfium2.PdfDocument("output/TWO/papers/answer-sheet.pdf")[0].render(scale=150 / 72).to_pil()
    bubbles = json.loads(Path("output/TWO/papers/sheet.json").read_text("utf-8"))["pages"][0]["bubbles"]
    x, y = next((one["x"] * 150 / 25.4, one["y"] * 150 / 25.4) for one in bubbles if one["group"] == "item")
    ImageDraw.Draw(page).ellipse((x - 10, y - 10, x + 10, y + 10), fill="#333333")
    page.convert("L").save("marked-sheet.png")


def decide_sheet() -> None:
    """Whose sheet it is, as the page of the gallery saves it; for a sitting of its own."""
    page = Path("scan/gallery.html").read_text("utf-8")
    [records] = re.findall(r'<script type="application/json" id="records">(.*?)</script>', page, re.S)
    of = json.loads(records)
    [one] = of["people"]
    line = {"scan": of["scan"], "code": one["code"], "kind": "identity", "task": "first", "read": one["read"]}
    line |= {"decided": ODD[1:], "note": ODD[1:]}
    _table("decided.csv", list(line), [list(line.values())])
    shutil.copytree("output/TWO", "output/MARKED")


def read_again() -> None:
    """What a second person reads on the sheet of candidate 00002."""
    [row] = [one for one in _read("scanned/responses.csv") if one[0] == "00002"]
    head = _read("scanned/responses.csv")[0]
    marks = [[name[1:], mark or "-"] for name, mark in zip(head, row, strict=True) if name[:1] == "Q"]
    _table("read-again.csv", ["question", "answer"], marks)


def rate_interview() -> None:
    """What two assessors gave a candidate, far apart on one task, and what was decided on it."""
    rows = _read("output/INTERVIEW/secure/key.csv")
    places = {name: n for n, name in enumerate(rows[0])}
    tasks = [row[places["item"]] for row in rows[1:]]
    # an ampersand stands between two people; files that are taken are kept byte for byte, so they are plain
    for names, candidate, said, files in (
        ([ODD, '=ข<i>"2'], "=7-1", ODD, ("rated.csv", "moderated.csv")),
        (["ก", "ข"], "7-1", "ดี", ("by-assessors.csv", "settled.csv")),
    ):
        given = [
            [candidate, name, task, str(n * 3 if k == 0 else 2), said]
            for n, name in enumerate(names)
            for k, task in enumerate(tasks)
        ]
        _table(files[0], ["candidate_id", "assessor", "task", "points", "comment"], given)
        decided = [candidate, tasks[0], "1.5", "คณะกรรมการ", "2026-11-20", said]
        _table(files[1], ["candidate_id", "task", "points", "by", "date", "reason"], [decided])


def happen() -> None:
    """What a centre tells of a candidate: it is kept as it came, so it is plain."""
    heads = ["no", "centre", "kind", "candidates", "what", "done"]
    _table("happened.csv", heads, [["1", "", "misconduct", "00001", "คัดลอก", "แยกที่นั่ง"]])


def say_how_long() -> None:
    """For how many days a body keeps data of persons."""
    _yaml("examgen.yaml", {"site": {"keep": {"persons": 36_500}}})


Step = str | Callable[[], None]
STEPS: tuple[Step, ...] = (  # a command after `!` is refused with reasons
    "init ws",
    "cd ws",
    write_inputs,
    "doctor --json",
    "init ../empty --empty",
    "init demo",
    shorten_demo,
    "demo --workspace demo",
    # the standard and the bank
    f"unit import {example_page()} --json --into ../empty/item_bank",
    f"unit import {example_page()} --json --dry-run",
    f"unit show {UNIT} --json",
    "templates list --json",
    "templates eject --json --replace --into ../ejected",
    "bank check --json",
    f"bank check {UNIT} --rule all-or-none-of-the-above --waived",
    "bank rules --json",
    f"bank list {UNIT} --json --pc A4011.01 --level 4 --category apply --status draft --words ข้อ",
    "bank show A4011.01-101 --json",
    f"bank coverage {UNIT} --html coverage.html --json --level 4 --status draft",
    "bank schema --out schema.json",
    "bank schema --kind blueprint",
    f"bank export {UNIT} items.xlsx --replace",
    change_item,
    f"bank import items.xlsx --unit {UNIT} --json --dry-run",
    "bank import items.xlsx --json",
    f"bank export {UNIT} moodle.xml --format moodle-xml",
    f"bank export {UNIT} moodle.gift --format gift",
    f"bank export {UNIT} package.zip --replace",
    f"bank export {UNIT} bank.docx",
    f"bank export {UNIT} rexams.zip --format rexams",
    f"unit export {UNIT} standard.json --creator body --date 2025-06-30 --replace --format case10 "
    "--address https://example.org",
    write_questions,
    "bank import questions.gift --format gift --dry-run --json",
    f"bank import questions.gift --unit {UNIT} --pc A4011.01 --map map.csv --levels 3,4 --cognitive apply --json",
    f"bank preview {UNIT} A4011.01-101 A4012.01-101 --out preview.html --key --replace",
    f"bank preview {UNIT} A4011.01-101 --out preview.pdf",
    "bank generate A4012.02-M01 A4012.03-M01 --number 2 --seed 3 --out instances.pdf --replace --json",
    "bank generate A4012.02-M01 --out instances.html",
    f"bank generate {UNIT} --out instances.yaml",
    "bank generate A4012.02-M01 --into items",
    f"bank pilot-plan {UNIT} --level 3 --status draft --se b=0.4 --pilot 24 --anchor 8 --seats 900 --out pilot.yaml "
    "--replace --json",
    "! bank pilot-plan DG-TWRT-007 --se facility=0.06 --pilot 40 --candidates 9",
    f"! bank pilot-plan {UNIT} --blueprint two.yaml",
    f"bank list {UNIT} --json --model A4012.02-M01 --family A4011.01-F01",
    "bank blind-form DG-TWRT-007 --seed 5 --items 8 --readers 1 --out blind --json --replace",
    "bank blind-read blind reader.csv --json",
    f"bank status {UNIT} A4011.01-102 --to review --by {shlex.quote(ODD)} {DAY} --comment <b>&= --json",
    f"bank review-form {UNIT} --out review --experts 2 --kind angoff --level 4 --item A4011.01-101 "
    "--item A4011.01-102 --json",
    rate,
    f"bank review-import {UNIT} review/*.xlsx {DAY} --json --replace",
    f"bank review-form {UNIT} --out review-2 --kind angoff --level 4 --round 2 --status draft "
    "--item A4011.01-101 --replace",
    f"bank ratings {UNIT} --json",
    f"bank reviews {UNIT} --bind {DAY} --json",
    # exams
    f"blueprint new {UNIT} --level 4 --occupation ผู้จัดการอาคารที่อยู่อาศัย --forms 2 --items 40 --out new.yaml --replace --json",
    f"bank capacity item_bank/{UNIT}/blueprints/level-4-four.yaml --forms 6 --write-order order.xlsx --replace --json --lang th",
    "build two.yaml --json --seed 7",
    "build two.yaml --dry-run",
    "build own.yaml",
    "build personal.yaml --out output/PERSONAL --replace",
    "! build too-many.yaml --write-order too-many.xlsx --json",
    "render output/TWO --books --accessible --large-print --json",
    "render output/PERSONAL --candidates candidates.csv --per candidate --together --replace --papers papers.yaml --books "
    "--password-file password.txt",
    "centre-forms output/PERSONAL --out forms --json",
    # scans
    mark_sheet,
    "scan read marked-sheet.png --exam output/TWO --out scan --json",
    f"scan gallery scan --share 0 --by {shlex.quote(ODD)} --json",
    decide_sheet,
    f"take output/MARKED scan decided.csv --by {shlex.quote(ODD)} --json",
    # a sitting
    "simulate output/TWO --candidates 24 --seed 1 --dirty 6 --out answers.csv",
    "simulate output/PERSONAL --scans scans-1 --candidates 1 --seed 1 --format tiff",
    "simulate output/PERSONAL --scans scans-2 --candidates 1 --seed 1 --format png",
    "simulate output/PERSONAL --scans scans-3 --candidates 1 --seed 1 --format pdf",
    "simulate output/PERSONAL --scans scans-4 --candidates 2 --seed 1 --format jpeg",
    "scan read scans-4/scans --exam output/PERSONAL --out scanned",
    "score output/PERSONAL scanned/responses.csv --out scored-scan --no-signals",
    "scan annotate scanned --exam output/PERSONAL --results scored-scan --run 1 --out annotated "
    "--password-file password.txt --json",
    "scan annotate scanned --results scored-scan --candidate 00001",
    f"take output/PERSONAL scanned --as scan --by {shlex.quote(ODD)} --json",
    "take output/PERSONAL --back scans/1 --reason <b>&=",
    "take output/PERSONAL scanned --replace --reason again",
    happen,
    "take output/PERSONAL happened.csv --json",
    f"decide output/PERSONAL 00001 --as withheld --by {shlex.quote(ODD)} --reason <b>&= {DAY} "
    "--confirmed-by somebody --evidence report.pdf --incident '=ศูนย์&<i> 1' --json",
    "returns output/PERSONAL --json",
    f"! returns output/PERSONAL --explain 00000000 --by {shlex.quote(ODD)} --reason <b>&= --json",
    # an interview
    "build interview.yaml",
    "render output/INTERVIEW",
    rate_interview,
    "score output/INTERVIEW rated.csv --moderation moderated.csv --json",
    "take output/INTERVIEW by-assessors.csv settled.csv --json",
    "score output/PERSONAL --no-signals",
    "decide output/PERSONAL --all-open --as upheld --by somebody --reason why",
    "! decide output/PERSONAL 00001 --as waived --method interview --by somebody --reason why",
    mark_centres,
    "score output/TWO first.csv --format long --format parquet --format xlsx --elements --json",
    decide,
    "score output/TWO first.csv --identities identities.csv --marks marks.csv --json",
    "score output/TWO marked.csv --without decisions,candidates --roster roster.csv --signals --elements "
    "--scaled scaled.yaml --format xlsx --unlisted aside",
    "score output/TWO marked.csv --corrections corrections.yaml --roster roster.csv --scaled scaled.yaml --dry-run "
    "--out changes.csv --json",
    "score output/TWO marked.csv --corrections corrections.yaml --roster roster.csv --scaled scaled.yaml --elements",
    "score output/TWO marked.csv --out scored-elsewhere --format xlsx",
    "score output/TWO --compare 2 3 --out compared.csv --json",
    judge,
    *(
        step
        for method in (
            "angoff ratings.csv --scale share --statistics known.csv --round 1",
            "ebel placed.csv shares.csv --scale percent --statistics known.csv",
            "bookmark bookmarks.csv --parameters known.csv --rp 0.5 --no-guessing --place at --centre mean --round 1",
            "borderline border.csv --centre mean",
            "contrasting known-people.csv --at 0.5 --equal-groups",
            "regression known-people.csv --border 2",
            "hofstee limits.csv",
        )
        for step in (
            f"analyse cut {method} --exam output/TWO --totals known-people.csv --adjust-se 0 --json "
            f"--out {method.split()[0]}.yaml --by {shlex.quote(ODD)} --reason <b>&= {DAY}",
            f"analyse cut {method} --exam output/TWO --run 1 --results scored-elsewhere --points 4",
        )
    ),
    "score output/TWO marked.csv --out scored-by-cut --cut ebel.yaml --json",
    "! analyse cut angoff --bank item_bank --kind angoff --exam output/TWO --json",
    "analyse exam output/TWO --write-back --synthetic --json --administration spring " + DAY,
    "analyse exam output/TWO --no-pdf --run 2 --model rasch --min-n 5 --out analysis-2 --replace",
    "analyse items scores.csv --exclude g --out items.csv --json",
    "analyse items scores.csv --by g --json",
    "analyse items scores.csv --exclude g --out items-of-scores.xlsx --min-n 5",
    "analyse items letters.csv --exclude g --key key-of-letters.csv --out items-of-letters.xlsx",
    "analyse irt scores.csv --exclude g --model rasch --scores abilities.csv --out parameters.csv --json",
    "analyse irt letters.csv --exclude g --key key-of-letters.csv --model 2pl --out parameters.xlsx",
    "analyse irt scores.csv --group g --free i4 --model rasch --out groups.xlsx --json",
    "analyse irt scores.csv --exclude g --model rasch --anchors parameters.csv --out anchored.csv",
    "analyse decisions scores.csv --exclude g --cut 3 --cut 5 --items parameters.csv --json",
    "analyse decisions output/TWO --run 1 --json",
    "analyse decisions letters.csv --exclude g --key key-of-letters.csv --cut 3 --model rasch",
    "analyse link parameters.csv anchored.csv --method haebara --purify --equate true --out linked.csv --json",
    "analyse link parameters.csv anchored.csv --equate observed --scaled linked.yaml --decimals 1",
    "analyse link letters.csv letters.csv --key key-of-letters.csv --exclude g --model rasch --out linked.xlsx",
    "analyse copying letters.csv --key key-of-letters.csv --room g --index omega --alpha 0.99 --adjust bh --out "
    "pairs.csv --json",
    "analyse copying scores.csv --exclude g --items parameters.csv --abilities abilities.csv --model 2pl "
    "--pairs named-pairs.csv --out pairs.xlsx",
    "! analyse copying output/TWO --run 2",
    "analyse assessors assessed.csv --apart 1 --out assessors.xlsx --json",
    "analyse assessors assessed.csv --weights linear --steps partial-credit --phi 0.9 --facet centre --out assessors.csv",
    "analyse dif scores.csv --group g --focal a --reference b --out dif.csv --json",
    "analyse dif letters.csv --key key-of-letters.csv --exclude i6 --group g --focal a --method logistic "
    "--kind udif --purify --adjust bh --out dif.xlsx",
    "analyse dif scores.csv --group g --focal a --method sibtest --out dif-by-sibtest.xlsx",
    "analyse subscores scores.csv --exclude g --subscores parts.csv --scores augmented.csv --out parts.xlsx --json",
    "analyse subscores letters.csv --exclude g --key whole-key.csv --subscores parts.csv --scores augmented-letters.csv "
    "--out parts-of-letters.csv",
    "analyse subscores output/TWO --run 2 --out criteria.csv",
    "analyse equate letters.csv letters.csv --exclude g --key key-of-letters.csv --design eg --method mean --out equated.yaml --json",
    "analyse equate output/TWO --forms B,A --runs 2 --design eg --method mean --out equated-forms.yaml --decimals 2",
    "analyse diagnosis scores.csv --exclude g --q attributes.csv --out diagnosis.xlsx --json",
    "! analyse diagnosis scores.csv --exclude g --q attributes.csv --profiles profiles.csv",
    "analyse diagnosis letters.csv --exclude g --key whole-key.csv --q attributes.csv --model gdina --structure "
    "independent --out diagnosis-of-letters.csv",
    "analyse diagnosis output/TWO --run 2 --by element --out elements.csv",
    "! analyse diagnosis letters.csv --exclude g --key key-of-letters.csv --q attributes.csv --model gdina "
    "--structure saturated",
    "! analyse subscores letters.csv --exclude g --key key-of-letters.csv --subscores parts.csv",
    "! verify output/TWO --json --fingerprint 0123456789abcdef",
    "verify output/TWO --json --results scored-elsewhere",
    f"release output/TWO --run 4 --by {shlex.quote(ODD)} --reason <b>&= --open-looks later {DAY} --json",
    "release output/TWO --run 1 --by me --reason why --open-looks later --results scored-elsewhere",
    # for other programs
    "export output/TWO --format qti30 --json",
    "export output/TWO --format qti22 --keys inside",
    "export output/TWO --format gift --keys inside --out exported/gift",
    "export output/TWO --format moodle-xml --keys inside",
    "export output/TWO --format mirt --run 2 --pseudonymous --replace --json",
    "export output/TWO --format word",
    *(
        f"export output/TWO --format {name} --results scored-elsewhere --out exported/{name}"
        for name in ("iteman", "mirt", "tam")
    ),
    # reports
    f"site keys body.pem --body {shlex.quote(ODD[1:])} --json",
    f"release output/PERSONAL --run 1 --by committee --reason {shlex.quote(ODD)} --open-looks why",
    f"case open output/PERSONAL --as appeal --candidate 00002 --about {shlex.quote(ODD)} --received {TODAY} "
    f"--way {shlex.quote(ODD)} --by {shlex.quote(ODD)} --handler {shlex.quote(ODD)} --due 2126-12-21 --release 1 "
    "--file items.xlsx --json",
    f"case open output/PERSONAL --as complaint --from {shlex.quote(ODD)} --about why --by somebody",
    f"case add output/PERSONAL A1 --note {shlex.quote(ODD)} --handler other --due 2126-12-22 --file papers.yaml "
    f"--by somebody --date {TODAY} --json",
    "case sheet output/PERSONAL A1 --out case-sheet.png --json",
    "case sheet output/PERSONAL A1 --out case-sheet.pdf",
    read_again,
    f"case read output/PERSONAL A1 --answers read-again.csv --by {shlex.quote(ODD)} --date {TODAY} --json",
    f"case read output/PERSONAL A1 --answers read-again.csv --by else --from-paper --date {TODAY}",
    f"case decide output/PERSONAL A1 --as partly --reason {shlex.quote(ODD)} --by board --date {TODAY} "
    "--confirmed-by chair --json",
    f"case answer output/PERSONAL A1 --out case-letter.pdf --by somebody --date {TODAY} --digits thai "
    "--sign body.pem --certificate body.crt --json",
    f"case close output/PERSONAL A1 --reason why --by board --date {TODAY} --json",
    "case show output/PERSONAL A1",
    "case show output/PERSONAL --json",
    f"report output/TWO --json {DAY}",
    "report output/TWO --kind cohort --kind centre --lang en --no-pdf --pseudonymous",
    "report output/TWO --kind technical --lang th",
    "parcel key grader.txt --json",
    "parcel seal papers.age output/TWO/papers --to grader.public.txt --sign body.pem --json",
    "parcel open papers.age --private grader.txt --into opened --key body.public.json --json",
    f"dossier output/TWO --sign body.pem {DAY} --json",
    f"dossier output/TWO --sign body.pem {DAY} --codes --out coded.zip",
    "verify-report coded.zip --key body.public.json --json",
    f"export output/TWO --format open-badges --key body.pem {DAY} --valid-until 2030-01-01 --out badges --json",
    badge_of_somebody,
    f"verify-report badge.json --key body.public.json {DAY} --exam output/TWO --json",
    "export output/TWO --format results --out uploaded --pseudonymous",
    "report output/TWO --kind coverage --lang th --digits thai --run 1 --out report-1",
    "report output/TWO --kind committee --results scored-elsewhere --lang en --no-pdf --out report-2",
    "report output/TWO --kind candidate --by centre --candidate SYN-00002 --candidate SYN-00003 --html "
    "--lang th",
    "report output/TWO --kind candidate --candidate SYN-00001 --by candidate --html --verify-code body.pem",
    "verify-report output/TWO/reports/run-0004/candidate/SYN-00001.pdf --key body.public.json --json",
    "! verify-report better.html --key body.public.json --json",
    "report output/TWO --kind candidate --candidate SYN-00002 --by candidate --sign body.pem --certificate body.crt "
    "--out signed",
    "verify-report signed/SYN-00002.pdf --key body.public.json --trust body.crt --json",
    f"report coverage {UNIT} --json",
    "person where SYN-00002 --json",
    "person extract SYN-00002 --out extract.zip --replace --json",
    "forget SYN-00002 --by DPO --reason asked --dry-run --limited --json",
    "forget SYN-00002 --by DPO --reason asked --json",
    say_how_long,
    "retention --dry-run --json",
    "retention --json",
    "verify output/TWO --json",
    # a new edition
    revise_unit,
    "unit import revised.txt --json",
    f"unit editions {UNIT} --json",
    f"unit diff {UNIT} revised.txt --json",
    f"bank remap {UNIT} --to {{waiting}} --plan plan.yaml --json",
    confirm_plan,
    f"bank remap {UNIT} --to {{waiting}} --plan plan.yaml --by me --dry-run",
    f"bank remap {UNIT} --to {{waiting}} --plan plan.yaml --by {shlex.quote(ODD)} --json",
    "bank rules all-or-none-of-the-above",
    "bank check",
    # conflicts of interest
    "conflicts output/TWO",
    "conflicts output/TWO --json",
    # certificates
    "take output/TWO roster.csv --as roster",
    f"certificate issue output/TWO --by {shlex.quote(ODD)} --until 2126-01-01 --dry-run",
    f"certificate issue output/TWO --by {shlex.quote(ODD)} --from 2026-11-20 --until 2126-01-01 --json",
    "certificate list --csv certificates.csv --status valid --json",
    "certificate print 2569-00001 --out certificates --sign body.pem --json",
    f"certificate change 2569-00001 --as renewed --from 2126-01-02 --until 2127-01-01 --reason <b>&= "
    f"--by {shlex.quote(ODD)} --json",
)


def run_session(folder: Path, patch: pytest.MonkeyPatch) -> Session:
    """Runs the steps below `folder/work`, and keeps each file as the command left it."""
    work, kept = folder / "work", folder / "kept"
    work.mkdir()
    patch.setattr(os, "sched_getaffinity", lambda _: {0})  # workers take longer to begin than all of this
    patch.chdir(work)
    done: list[Done] = []
    files: list[Kept] = []
    for n, step in enumerate(STEPS):
        if callable(step):
            step()
        elif step.startswith("cd "):
            patch.chdir(step.removeprefix("cd "))
        else:
            before = _stamps(work)
            done.append(_examgen(_words(step.removeprefix("! ")), patch))
            assert done[-1].status in ((1, 4) if step.startswith("!") else (0, 3)), done[-1]
            command = " ".join(word for word in done[-1].words[:2])
            files += _keep(before, work, kept / f"{n:03}", command)
    return Session(tuple(done), tuple(files))


def _words(step: str) -> list[str]:
    """The words of a command, its patterns resolved as a shell does."""
    if "{waiting}" in step:
        [edition] = [path.name for path in Path(f"item_bank/{UNIT}/editions").iterdir() if path.is_dir()]
        step = step.format(waiting=edition)
    words = shlex.split(step)
    return [
        name for word in words for name in (sorted(map(str, Path().glob(word))) if "*" in word else [word])
    ]


def _examgen(words: list[str], patch: pytest.MonkeyPatch) -> Done:
    patch.setattr("sys.argv", ["examgen", *words])
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            main()
            status = 0
        except SystemExit as stop:
            status = int(stop.code or 0)
    assert "Traceback" not in out.getvalue() + err.getvalue()
    return Done(words, status, out.getvalue(), err.getvalue())


def _stamps(folder: Path) -> dict[str, tuple[int, int, int]]:
    found = {}
    for place, _, names in os.walk(folder):
        for path in (f"{place}/{name}" for name in names):
            stat = os.stat(path)
            found[path] = (stat.st_ino, stat.st_mtime_ns, stat.st_size)
    return found


def _keep(before: dict[str, tuple[int, int, int]], work: Path, kept: Path, command: str) -> Iterable[Kept]:
    for path, stamp in _stamps(work).items():
        if before.get(path) == stamp:
            continue
        name = Path(path).relative_to(work)
        place = kept / name
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, place)
        yield Kept(command, name.as_posix(), place)


def _hash(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _yaml(path: str | Path, data: object) -> None:
    Path(path).write_text(yaml.safe_dump(data, allow_unicode=True, sort_keys=False), "utf-8")


def _table(path: str, heading: list[str], rows: Iterable[list[str]]) -> None:
    with Path(path).open("w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file).writerows([heading, *rows])


def _read(path: str) -> list[list[str]]:
    with Path(path).open(encoding="utf-8-sig", newline="") as file:
        return list(csv.reader(file))
