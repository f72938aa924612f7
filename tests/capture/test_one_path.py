"""The path by columns and the path by records give the same rows; beside each other until the switch."""

from __future__ import annotations

import gzip
import io
import tempfile
from pathlib import Path
from random import Random
from typing import Any

import openpyxl
import pytest

from examgen.capture import parts as old
from examgen.capture import parts_new as new
from examgen.capture.answer_layout import (
    AnswerLayout,
    ReadingLimits,
    ReadingOptions,
    assignment_of,
    closed,
    with_roster,
)
from examgen.capture.files import parts_at, parts_of, recognise
from examgen.capture.grader_decisions import GraderDecisions, IdentityDecision, MarkRepair
from examgen.capture.tabular.encodings import NotUtf8
from examgen.core.problems import Refused

MARKS = {
    "letters": list("ABCD"),
    "lower": list("abcd"),
    "thai": list("กขคง"),
    "digits": list("1234"),
    "thai digits": list("๑๒๓๔"),
}
ODD = [
    "", " ", "-", ".", "?", "X", "E", "จ", "5", "AB", "A,C", "A|C", "A ก", "AA", "4.0", "2,0", " B ", "ก.", "(A)", "ข้อ ก",
    "Ｂ", '="C"', "\u200bA", "none of these", "ข. 4", "option text 2", "**ข้อความ**", "O" * 50, "A, B", "ตัวเลือก 3",
]  # fmt: skip
IDS = [
    "", "-", "id", "ID", "q1", "form", "candidate_id", " 007", "007 ", "1.1E+12", "1E+5", "#N/A", "a b", "1.5",
    "2020-01-02 00:00:00", '="0012"', "ก" * 130, "z" * 300, "a\u200b1", "๗-Jan", "7-Jan", "ชื่อ", "รวม", "Total", "total 12",
    "จำนวนคน", "ra\ufffdt", '12"3', "ＡＢ12", "๑๒๓", "0001", "00-02", "Mean", "sum:", "T_otal", "é1", "e\u0301 1",
]  # fmt: skip
EXTRAS = [
    "",
    "สมชาย ใจดี",
    "a note",
    '5" pipe',
    'he said "no"',
    "two\nlines",
    "x,y",
    "q1",
    "o" * 90,
    "a\tb",
    "\u00a0",
    "\x01",
]


class Texts:
    def __init__(self, sizes: dict[str, int]) -> None:
        self._sizes = sizes

    def questions(self, form: str) -> list[Any]:
        class Question:
            def __init__(self, n: int) -> None:
                self.stem = f"คำถามที่ยาวพอ {n} of the exam?"
                self.options = [f"option text {k}" for k in range(1, 4)] + [
                    "ข้อความ",
                ][:1]

        return [Question(n) for n in range(1, self._sizes[form] + 1)]

    def forms(self) -> list[str]:
        return [*self._sizes]


def layout_of(rng: Random, ids: list[str]) -> AnswerLayout:
    names = rng.choice([["A"], ["A", "B"], ["A", "b", "ค"], ["F1", "F2", "SET-2026-B"], ["10", "9"]])
    size = rng.randint(1, 7)
    sizes = {name: size if rng.random() < 0.6 else rng.randint(1, 7) for name in names}
    options = {name: tuple(rng.choice([4, 4, 3, 5]) for _ in range(n)) for name, n in sizes.items()}
    layout = AnswerLayout(options, accepts_unreadable=rng.random() < 0.2)
    if rng.random() < 0.4:
        layout = layout._replace(texts=Texts(sizes))
    kind = rng.random()
    if kind < 0.5:
        return layout
    some = rng.sample(ids, rng.randint(1, len(ids)))
    booklets = [
        (one if rng.random() < 0.8 else "", rng.choice(names), f"S{n:04d}") for n, one in enumerate(some)
    ]
    if rng.random() < 0.3:
        layout = layout._replace(options=options | {serial: options[form] for _, form, serial in booklets})
        if layout.texts:
            layout = layout._replace(texts=Texts({f: len(o) for f, o in layout.options.items()}))
        booklets = [(one, serial, serial) for one, _, serial in booklets]
    assignment = assignment_of(booklets)
    roster = [one.encode() for one in rng.sample(ids, rng.randint(0, len(ids)))]
    if rng.random() < 0.5:
        assignment = closed(assignment, roster)
    elif rng.random() < 0.5:
        assignment = with_roster(assignment, roster)
    return layout._replace(assignment=assignment)


def table(rng: Random, layout: AnswerLayout, ids: list[str]) -> tuple[str, list[list[str]]]:
    """A structure and a table with its heading."""
    structure = rng.choice(["wide", "wide", "string", "long", "stems"])
    if structure == "stems" and layout.texts is None:
        structure = "wide"
    dirt = rng.choice([0, 0.03, 0.2])
    alphabet = MARKS[rng.choice([*MARKS])]
    serials = [*layout.assignment.forms]
    most = max(layout.sizes.values())
    n_columns = most if rng.random() < 0.8 else rng.randint(1, most)
    if n_columns < min(layout.sizes.values()):
        n_columns = most
    has_form = (len(layout.sizes) > 1 and rng.random() < 0.8) or rng.random() < 0.4
    extras = rng.sample(["ชื่อ", "note", "sheet", "page"], rng.randint(0, 4))
    rows = []
    for candidate in ids:
        whose = rng.choice(IDS) if rng.random() < dirt else candidate
        said = layout.assignment.dealt.get(candidate) or rng.choice([*layout.sizes])
        if serials and rng.random() < 0.5:
            own = [s for s in serials if layout.assignment.allows(candidate, s)] or serials
            said = rng.choice(own)
        form = layout.assignment.forms.get(said, said)
        written = said
        if rng.random() < dirt:
            written = rng.choice(
                ["", "Z", f"ชุด {said}", said.lower(), f"form {said}", rng.choice([*layout.sizes])]
            )
        size = layout.sizes.get(form, most)
        answers = [
            rng.choice(ODD) if rng.random() < dirt else rng.choice(alphabet)
            for _ in range(size if rng.random() > dirt / 4 else rng.randint(0, most))
        ]
        more = [rng.choice(EXTRAS[:2] if rng.random() > dirt else EXTRAS) for _ in extras]
        rows.append((whose, written, answers, more))
    head = ["candidate_id", *(["form"] if has_form else []), *extras]
    body: list[list[str]] = []
    if structure in ("wide", "stems"):
        name = (
            (lambda n: f"คำถามที่ยาวพอ {n} of the exam?")
            if structure == "stems"
            else rng.choice([lambda n: f"Q{n}", lambda n: f"{n}", lambda n: f"ข้อ {n}"])
        )
        head += [name(n) for n in range(1, n_columns + 1)]
        for who, form, answers, more in rows:
            cells = (answers + [""] * most)[:n_columns]
            body.append([who, *([form] if has_form else []), *more, *cells])
    elif structure == "string":
        head += ["answers"]
        for who, form, answers, more in rows:
            text = "".join(one if len(one) == 1 else rng.choice(" -X") for one in answers)
            body.append([who, *([form] if has_form else []), *more, text])
    else:
        head += ["question", "answer"]
        for who, form, answers, more in rows:
            for n, one in enumerate(answers, 1):
                number = str(n) if rng.random() > dirt / 10 else rng.choice(["", "0", "99", "1", "ข้อ ๒"])
                body.append([who, *([form] if has_form else []), *more, number, one])
            if rng.random() < 0.05:
                body += body[-len(answers) :] if answers else []
        if rng.random() < 0.3:
            rng.shuffle(body)
    order = [*range(len(head))]
    if rng.random() < 0.3:
        rng.shuffle(order)
    for k in range(rng.randint(0, 3) if dirt else 0):
        row = rng.choice(
            [
                [*head],
                [head[0], *head],
                [""] * len(head),
                ["รวม", *map(str, range(len(head) - 1))],
                ["total"] + [""] * (len(head) - 1),
            ]
        )
        body.insert(rng.randint(0, len(body)), row)
    if dirt and rng.random() < 0.03:
        body.insert(rng.randint(0, len(body)), ["id", *head[1:]])
    for row in body:
        if rng.random() < dirt / 5:
            row += rng.choice([["x"], ["", ""]])
        elif rng.random() < dirt / 5:
            del row[rng.randint(0, len(row) - 1) :]
    shuffled = [[row[i] for i in order] if len(row) == len(order) else row for row in [head, *body]]
    if rng.random() < 0.15:
        shuffled = [["ผลสอบ 2569"], [], *shuffled]
    return structure, shuffled


def written(rng: Random, rows: list[list[str]]) -> tuple[bytes, str]:
    """The table as bytes of some kind, and the end of its name."""
    kind = rng.choice(["csv"] * 8 + ["xlsx", "gz"])
    if kind == "xlsx":
        book = openpyxl.Workbook()
        sheet = book.active
        for row in rows:
            cells = [cell.replace("\x01", "") for cell in row]
            sheet.append([int(c) if c.isascii() and c.isdigit() and rng.random() < 0.3 else c for c in cells])
        if rng.random() < 0.3:
            sheet.merge_cells(start_row=5, end_row=6, start_column=1, end_column=rng.randint(1, 3))
        made = io.BytesIO()
        book.save(made)
        return made.getvalue(), ".xlsx"
    delimiter = rng.choice([",", ",", ";", "\t", "|"])
    quoting = rng.choice(["few", "few", "all", "none", "random"])
    end = rng.choice(["\n", "\n", "\r\n", "\r"])

    def cell(text: str) -> str:
        if quoting == "none":
            return text
        needs = any(mark in text for mark in (delimiter, '"', "\n", "\r"))
        if needs or quoting == "all" or (quoting == "random" and rng.random() < 0.4):
            return '"' + text.replace('"', '""') + '"'
        return text

    text = "".join(delimiter.join(map(cell, row)) + end for row in rows)
    if rng.random() < 0.25:
        for _ in range(rng.randint(1, 4)):
            at = rng.randint(len(text) // 4, len(text))
            text = text[:at] + rng.choice(['"', '"', end, delimiter, "\x00", "\ufffd", "x" * 200]) + text[at:]
    codec = rng.choice(["utf-8", "utf-8", "utf-8-sig", "cp874", "utf-16", "utf-16-le"])
    data = text.encode(codec, "replace" if codec == "cp874" else "strict")
    if rng.random() < 0.2:
        at = rng.randint(len(data) // 4, len(data))
        data = data[:at] + rng.choice([b"\xff", b"\xe0", b"\x80", b"\r", b"\x1a", b""]) + data[at + 1 :]
    if rng.random() < 0.2:
        data = data.rstrip(b"\r\n") + rng.choice([b"", b"\x1a"])
    if kind == "gz":
        return gzip.compress(data), ".csv.gz"
    return data, ".csv"


def decisions(rng: Random, name: str, n_lines: int, layout: AnswerLayout, ids: list[str]) -> GraderDecisions:
    identities: dict[int, IdentityDecision] = {}
    repairs: dict[int, tuple[MarkRepair, ...]] = {}
    for line in rng.sample(range(1, n_lines + 3), min(n_lines, rng.randint(1, 12))):
        if rng.random() < 0.6:
            void = rng.random() < 0.3
            whose = "" if void else rng.choice(["", "X-1", *ids])
            forms = ["", *layout.sizes, *layout.assignment.forms]
            identities[line] = IdentityDecision(
                whose, "" if void else rng.choice(forms), void, None, "d.csv:2", "r", "me", "2026-01-01"
            )
        else:
            repairs[line] = tuple(
                MarkRepair(
                    rng.randint(1, 8),
                    rng.choice([0, 1, 2, 16, 3]),
                    "A",
                    None,
                    "m.csv:2",
                    "r",
                    "me",
                    "2026-01-01",
                )
                for _ in range(rng.randint(1, 3))
            )
    return GraderDecisions({name: identities}, {name: repairs})


def found(
    module: Any,
    file: Any,
    layout: AnswerLayout,
    parts: list[Any],
    limits: ReadingLimits,
    *careful: bool,
    guess: bool = False,
) -> Any:
    rows, aside, met, lines, before = [], [], {}, [], file.first_line - 1
    codec = None
    try:
        for part in parts:
            n = 0
            shift = 0 if part.line is not None else before
            for chunk in module.read_part(file, part, layout, *careful, limits=limits, guess=guess):
                assert chunk.lines >= n
                n, codec = chunk.lines, chunk.encoding
                met.update({line + shift: one for line, one in chunk.met.items()})
                aside += [row._replace(line=row.line + shift) for row in chunk.set_aside]
                if chunk.batch is None:
                    continue
                batch = chunk.batch
                assert (batch.line[1:] > batch.line[:-1]).all()
                extras = [*zip(*batch.extras, strict=True)] if batch.extras else [()] * batch.size
                for k in range(batch.size):
                    rows.append(
                        (
                            int(batch.line[k]) + shift,
                            batch.ids[k],
                            int(batch.form[k]),
                            batch.marks[k].tobytes(),
                            extras[k],
                            batch.raws.get(k),
                        )
                    )
                letters = {1, 2, 4, 8, 16}
                plain = [set(row.tolist()) <= letters for row in batch.marks]
                assert not batch.plain or all(plain)
                if batch.odd is not None and not batch.plain:
                    assert {k for k, one in enumerate(plain) if not one} <= {*batch.odd.tolist()}
            before += n
            lines.append(n)
    except Refused as refused:
        return "refused", [str(problem) for problem in refused.problems]
    except NotUtf8:
        return "not utf-8", []
    missing = [row[0] for row in rows if row[5] is None]
    raws = module.raw_rows(file, missing) if missing else {}
    rows = [(*row[:5], row[5] if row[5] is not None else raws[row[0]]) for row in rows]
    if file.columns.structure == "long" or file.container != "text":
        lines, codec = [], None
    return rows, aside, met, lines, codec


def one_file(seed: int, folder: Path) -> str:
    rng = Random(seed)
    ids = [f"{n:04d}" for n in range(rng.choice([3, 12, 40]))]
    if rng.random() < 0.3:
        ids = [rng.choice(["กท-{}", "TH{}", "{}/69", "00-{}"]).format(one) for one in ids]
    layout = layout_of(rng, ids)
    structure, rows = table(rng, layout, ids)
    data, ending = written(rng, rows)
    path = folder / f"a{ending}"
    path.write_bytes(data)
    if rng.random() < 0.4:
        layout = layout._replace(grader_decisions=decisions(rng, path.name, len(rows), layout, ids))
    options = ReadingOptions()
    try:
        file = recognise(0, path, layout, options=options)
    except Refused as refused:
        return "refused: " + refused.problems[0].code
    limits = ReadingLimits(rng.choice([64, 300, 1 << 20]), rng.choice([150, 1 << 20]))
    whole = parts_of(file, 1)
    wanted = found(old, file, layout, whole, ReadingLimits(longest_line=limits.longest_line), True)
    got = found(new, file, layout, whole, limits)
    assert got == wanted, seed
    if not file.is_whole:
        size = path.stat().st_size
        places = (
            sorted({rng.randrange(file.start + 1, size + 2) for _ in range(3)}) if size > file.start else []
        )
        parts = parts_at(file, places)
        cut = found(new, file, layout, parts, limits)
        assert (cut[:2] if len(cut) > 2 else cut) == (wanted[:2] if len(wanted) > 2 else wanted), (
            seed,
            places,
        )
    if file.encoding is None and file.columns.structure != "long":
        a = found(old, file, layout, whole, limits, True, guess=True)
        assert found(new, file, layout, whole, limits, guess=True) == a, (seed, "guess")
    return structure if wanted[0] != "refused" else "refused below"


@pytest.mark.parametrize("first", range(0, 600, 100))
def test_both_paths_give_the_same(first: int, tmp_path: Path) -> None:
    for seed in range(first, first + 100):
        one_file(seed, tmp_path)


if __name__ == "__main__":
    import sys
    import traceback
    from collections import Counter

    became: Counter[str] = Counter()
    with tempfile.TemporaryDirectory() as name:
        for seed in range(int(sys.argv[1]), int(sys.argv[2])):
            try:
                became[one_file(seed, Path(name))] += 1
            except Exception as error:
                became["DIFFERENT " + type(error).__name__] += 1
                if became["DIFFERENT " + type(error).__name__] < 4:
                    traceback.print_exc(limit=-3)
                    print("seed", seed)
    print(became)
