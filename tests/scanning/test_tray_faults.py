"""A tray with everything that goes wrong in one, read at once: each fault has its line, each candidate a fate.

`-s` prints the faults as a table.
"""

from __future__ import annotations

import io
import json
import zipfile
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import cv2
import numpy as np
import pikepdf
import pytest
from numpy.typing import NDArray
from PIL import Image

from examgen.assembly.assemble import assemble, bank_sha256
from examgen.core.exam.package import read_package
from examgen.core.exam.writing import exam_files, write_package
from examgen.core.models.form import Candidate
from examgen.core.models.papers import PapersRule
from examgen.papers.sheet.identity import sheet_geometry
from examgen.sitting.tray import tray_of
from tests.commands.conftest import Run
from tests.samples import blueprint, item_data, shelf
from tests.scanning import drawn_sheets as sheets
from tests.sittings import print_for, table, write_table

Grey = NDArray[np.uint8]
Line = tuple[str, str]
"""Outcome and reason of a page."""
RULE = PapersRule.model_validate({"spare": 7, "candidate_number": {"check": "thai_id"}})
CENTRES = ("กรุงเทพ", "เชียงใหม่", "สงขลา")
N_QUESTIONS = 12
ANSWERS = "ABCDABCDABCD"
READ: Line = ("read", "")
EITHER: Line = ("", "")
"""Of two scans of a page: one counts, the other repeats it."""
PX = sheets.PX


def aside(reason: str) -> Line:
    return "set_aside", reason


def thai_number(n: int) -> str:
    """A national number with its check digit."""
    first = f"1{n:011}"
    total = sum((13 - k) * int(digit) for k, digit in enumerate(first))
    return f"{first}{(11 - total % 11) % 10}"


class Fault(NamedTuple):
    """Something in the tray: its files, the line of each of their pages, and the fate of each sheet."""

    kind: str
    files: Mapping[str, bytes]
    lines: Mapping[str, list[Line]]
    """By file those of its pages."""
    fates: Mapping[str, str]


class Tray:
    """Faults, each in a folder of its own and with candidates of its own."""

    def __init__(self, exam: Path, name: str) -> None:
        self._name = name
        self.sheet = sheets.sheet_of(exam)
        rows = list(sheets.dealt(exam).values())
        self.dealt = {row["candidate_id"]: row for row in rows if row["candidate_id"]}
        self._people = iter(self.dealt)
        self._spare = iter(row for row in rows if not row["candidate_id"])
        self.faults: list[Fault] = []
        self.absent: set[str] = set()
        self.now: list[str] = []
        """Candidates whose sheets were drawn for the fault that is being made."""

    def person(self) -> str:
        """The next candidate."""
        self.now.append(next(self._people))
        return self.now[-1]

    def spare(self) -> dict[str, str]:
        """The next booklet that was dealt to nobody."""
        return next(self._spare)

    def marks(self, who: str, answers: str = ANSWERS, form: str = "A") -> dict[tuple[str, int], str]:
        """A number, a form and answers as they are marked."""
        return {**sheets.number(who), ("form", 0): form, **sheets.answers(answers)}

    def code(self, serial: str = "", who: str = "", **more: Any) -> str:
        return sheets.code_text(self.sheet, serial, who, **more)

    def of(self, who: str, answers: str = ANSWERS, **more: Any) -> Grey:
        """The sheet that was printed for somebody, filled in."""
        row = self.dealt[who]
        return self.drawn(self.marks(who, answers, row["base"]), self.code(row["serial"], who), **more)

    def plain(self, who: str, form: str = "A", answers: str = ANSWERS, **more: Any) -> Grey:
        """A spare sheet, with number and form marked by hand."""
        marks = self.marks(who, answers, form)
        return self.drawn(marks, self.code(self.spare()["serial"]), **more)

    def drawn(self, marks: Mapping[tuple[str, int], str], code: str | None, **more: Any) -> Grey:
        """A page with the figures that a printed sheet has beside its rows."""
        image = sheets.drawn(self.sheet, marks, code, **more)
        page = self.sheet["pages"][0]
        rows: dict[int, list[Any]] = {}
        for one in page["bubbles"]:
            if one["group"] == "item":
                rows.setdefault(one["question"], []).append(one)
        for question, row in rows.items():
            xs = sorted(one["x"] for one in row)
            figure(image, question % 10, xs[0] - (xs[1] - xs[0]) / 2 - 1.15, row[0]["y"], 2.2)
        beside = next(area["x"] for area in page["areas"] if area["name"] == "number 1")
        first = [one for one in page["bubbles"] if one["group"] == "number" and one["place"] == 1]
        for one in first:
            figure(image, int(one["value"]), beside - 1.6, one["y"], 1.7)
        return image

    def left(self) -> list[str]:
        """Candidates of no fault."""
        return [*self._people]

    def add(
        self,
        kind: str,
        given: Grey | bytes | Mapping[str, Grey | bytes],
        *lines: Line | list[Line],
        fate: str | Sequence[str] = (),
    ) -> None:
        """A fault: a page, or files by name; the line of each (of a file of several pages, or of none, a list)
        in their order, and the fates of those whose sheets were drawn, in theirs."""
        named: Mapping[str, Any] = given if isinstance(given, Mapping) else {"page.png": given}
        fates = (fate,) * len(self.now) if isinstance(fate, str) else fate
        assert (len(fates), len(named)) == (len(self.now), len(lines)), kind
        place = f"{self._name}/{len(self.faults):02} {kind}"
        files = {f"{place}/{name}": data for name, data in named.items()}
        self.faults.append(
            Fault(
                kind,
                {
                    name: data if isinstance(data, bytes) else encoded(data, name)
                    for name, data in files.items()
                },
                {
                    name: said if isinstance(said, list) else [said]
                    for name, said in zip(files, lines, strict=True)
                },
                dict(zip(self.now, fates, strict=True)),
            )
        )
        self.now = []


def figure(image: Grey, value: int, x: float, y: float, high: float) -> None:
    """A figure of that height, its middle there, in millimetres."""
    large = np.full((150, 120), 255, np.uint8)
    cv2.putText(large, str(value), (10, 130), cv2.FONT_HERSHEY_SIMPLEX, 5, 0, 14, cv2.LINE_AA)
    size = round(high * PX * 120 / 110), round(high * PX * 150 / 110)
    small = cv2.resize(large, size, interpolation=cv2.INTER_AREA)
    left, top = round(x * PX - size[0] / 2), round(y * PX - size[1] / 2)
    part = image[top : top + size[1], left : left + size[0]]
    np.minimum(part, small, out=part)


def encoded(image: Grey, name: str, quality: int = 85) -> bytes:
    end = Path(name).suffix
    how = [cv2.IMWRITE_PNG_COMPRESSION, 1] if end == ".png" else [cv2.IMWRITE_JPEG_QUALITY, quality]
    return cv2.imencode(end, image, how)[1].tobytes()


def paper(grey: int = 245, seed: int = 1) -> Grey:
    """An empty page as a scanner gives it."""
    return np.random.default_rng(seed).integers(grey - 5, grey + 5, (1754, 1240)).astype(np.uint8)


def moved(image: Grey, right: int, down: int, size: tuple[int, int], ground: int = 255) -> Grey:
    """A page on a larger ground."""
    made = np.full(size, ground, np.uint8)
    part = made[down : down + image.shape[0], right : right + image.shape[1]]
    part[:] = image[: part.shape[0], : part.shape[1]]
    return made


def turned(image: Grey, degrees: float) -> Grey:
    high, wide = image.shape
    way = cv2.getRotationMatrix2D((wide / 2, high / 2), degrees, 1)
    return np.asarray(cv2.warpAffine(image, way, (wide, high), borderValue=235), np.uint8)


def one_bit(image: Grey, limit: int = 128) -> Grey:
    return np.where(image < limit, 0, 255).astype(np.uint8)


def box(image: Grey, x: float, y: float, width: float, height: float, grey: int = 250) -> Grey:
    """The page with something laid on it, in millimetres."""
    made = image.copy()
    made[round(y * PX) : round((y + height) * PX), round(x * PX) : round((x + width) * PX)] = grey
    return made


def words(*lines: str) -> Grey:
    """A page of print."""
    image = paper()
    for n, line in enumerate(lines):
        cv2.putText(image, line, (130, 260 + 60 * n), cv2.FONT_HERSHEY_COMPLEX, 1.1, 20, 2)
    return image


def attendance_list() -> Grey:
    image = words("Attendance", "Room 301")
    for n in range(24):
        cv2.line(image, (100, 420 + 50 * n), (1140, 420 + 50 * n), 40, 2)
    for x in (100, 200, 560, 800, 1140):
        cv2.line(image, (x, 420), (x, 420 + 50 * 23), 40, 2)
    return image


def cat() -> Grey:
    image = paper(180)
    cv2.ellipse(image, (600, 800), (420, 380), 0, 0, 360, 90, -1)
    for x in (430, 770):
        cv2.fillPoly(image, [np.array([(x - 120, 560), (x, 300), (x + 120, 560)])], 90)
        for radius, grey in ((70, 255), (30, 0)):
            cv2.circle(image, (x, 740), radius, grey, -1)
    return image


def foreign_sheet() -> Grey:
    """A bubble sheet of somebody else's."""
    image = paper(250)
    for x in (60, 1140):
        for y in (60, 1650):
            cv2.rectangle(image, (x, y), (x + 40, y + 40), 0, -1)
    for y in range(300, 1550, 40):
        for x in range(200, 1040, 45):
            cv2.circle(image, (x, y), 13, 110, 2, cv2.LINE_AA)
    return image


def pdf(image: Grey, **save: Any) -> bytes:
    made = io.BytesIO()
    Image.fromarray(image).save(made, "PDF", resolution=sheets.DPI)
    if not save:
        return made.getvalue()
    with pikepdf.open(io.BytesIO(made.getvalue())) as opened:
        out = io.BytesIO()
        if script := save.pop("script", ""):
            opened.Root.OpenAction = pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS=pikepdf.String(script))
        opened.save(out, **save)
    return out.getvalue()


def tiff(*images: Grey) -> bytes:
    first, *others = (Image.fromarray(one) for one in images)
    out = io.BytesIO()
    first.save(out, "tiff", save_all=True, append_images=others, compression="tiff_lzw", dpi=(150, 150))
    return out.getvalue()


def zipped(**members: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as packed:
        for name, data in members.items():
            packed.writestr(name.replace("__", "."), data)
    return out.getvalue()


def rows_of(sheet: Mapping[str, Any]) -> list[float]:
    """Where the rows of questions stand, mm."""
    return sorted({one["y"] for one in sheet["pages"][0]["bubbles"] if one["group"] == "item"})


# ── the faults ───────────────────────────────────────────────────────────────────────────────


def scans_that_are_read(tray: Tray) -> None:
    add, of, person = tray.add, tray.of, tray.person
    add("upside down", np.rot90(of(person()), 2).copy(), READ, fate="read")
    add("on its left side", np.rot90(of(person())).copy(), READ, fate="read")
    add("on its right side", np.rot90(of(person()), 3).copy(), READ, fate="read")
    add("askew", turned(of(person()), 3.0), READ, fate="read")
    add("a poor JPEG", {"a.jpg": encoded(of(person()), "a.jpg", 25)}, READ, fate="read")
    large = cv2.resize(of(person()), None, fx=2, fy=2, interpolation=cv2.INTER_CUBIC)
    add("300 dots per inch", np.asarray(large, np.uint8), READ, fate="read")
    pale = of(person()) * 0.45 + 130
    add("a pale photocopy", pale.astype(np.uint8), READ, fate="read")
    add("a light mark", of(person(), darkness={("item", 2): 190}), READ, fate="read")
    marks = tray.marks(who := person(), form=tray.dealt[who]["base"]) | {("item", 3): "AC"}
    add("two marks in a row", tray.drawn(marks, tray.code(tray.dealt[who]["serial"], who)), READ, fate="read")
    add("nothing marked", of(person(), ""), READ, fate="read")
    hole = of(person(), "A" + " " + ANSWERS[2:])
    at = next(b for b in tray.sheet["pages"][0]["bubbles"] if b.get("question") == 2 and b["value"] == "C")
    cv2.circle(hole, (round(at["x"] * PX), round(at["y"] * PX)), round(3 * PX), 0, -1)
    add("a hole through a bubble", hole, READ, fate="read")
    cup = of(person())
    cv2.circle(cup, (620, 1100), 260, 190, 16)
    add("the ring of a cup", cup, READ, fate="read")
    corner = of(person())
    cv2.fillPoly(corner, [np.array([(1240, 1754), (1020, 1754), (1240, 1500)])], 215)
    add("a folded corner", corner, READ, fate="read")
    add("on a dark table", moved(of(person()), 180, 160, (2100, 1600), 60), READ, fate="read")


def scans_that_are_not(tray: Tray) -> None:
    add, of, person = tray.add, tray.of, tray.person
    add("mirrored", of(person())[:, ::-1].copy(), aside("mirrored"), fate="set_aside")
    add("black and white", one_bit(of(person())), aside("one-bit"), fate="set_aside")
    small = cv2.resize(of(person()), None, fx=0.4, fy=0.4, interpolation=cv2.INTER_AREA)
    add("60 dots per inch", np.asarray(small, np.uint8), aside("low-resolution"), fate="set_aside")
    add("too dark", (of(person()) * 0.2).astype(np.uint8), aside("too-dark"), fate="set_aside")
    bright = np.clip(of(person()).astype(int) + 190, 0, 255).astype(np.uint8)
    add("overexposed", bright, aside("one-bit"), fate="set_aside")
    person()
    add(
        "emptied in black and white",
        one_bit(np.full((1754, 1240), 255, np.uint8)),
        ("blank", "white-page"),
        fate="missing",
    )
    add("a negative", 255 - of(person()), aside("too-dark"), fate="set_aside")
    slipped, (top, *_, low) = of(person()), rows_of(tray.sheet)
    step = rows_of(tray.sheet)[1] - top
    a, b, by = round((top + 1.5 * step) * PX), round((low - 1.5 * step) * PX), round(step * PX)
    slipped[a:b] = slipped[a + by : b + by].copy()
    add("slipped by a row", slipped, aside("rows-out-of-step"), fate="set_aside")
    items = [b for b in tray.sheet["pages"][0]["bubbles"] if b["group"] == "item"]
    x = min(b["x"] for b in items)
    add(
        "a strip down a column",
        box(of(person()), x - 4, top - 6, 8, low - top + 12),
        READ,
        fate="read",
    )
    add(
        "a note stuck on it",
        box(of(person()), x - 12, top + 1.5 * step, 60, 8 * step),
        READ,
        fate="read",
    )
    add("the upper half of a torn sheet", of(person())[:900], aside("too-few-timing-bars"), fate="set_aside")
    add("the lower half of a torn sheet", of(person())[900:], aside("too-few-timing-bars"), fate="missing")
    folded = of(person())
    folded[1500:] = 235
    folded[1490:1500] = 120
    add("the lower part folded over", folded, aside("too-few-timing-bars"), fate="set_aside")
    image = of(person())
    first, last = round((top + 2.5 * step) * PX), round((top + 5.5 * step) * PX)
    pleat = np.vstack([image[:first], image[last:]])
    add("a pleat that hides three rows", pleat, aside("too-few-timing-bars"), fate="set_aside")
    add("the left edge cut off", of(person())[:, 130:], aside("too-few-timing-bars"), fate="set_aside")
    add("a corner torn off, alone", of(person())[:700, :600], aside("sheet-not-whole"), fate="set_aside")
    image = of(person())
    halves = np.vstack([image[:877], np.full((260, 1240), 60, np.uint8), image[877:]])
    add("two halves beside each other", halves, aside("too-few-timing-bars"), fate="set_aside")


def sheets_on_one_picture(tray: Tray) -> None:
    add, of, person = tray.add, tray.of, tray.person
    both = [of(person()), of(person())]
    add("two side by side", np.hstack(both), aside("two-sheets"), fate="set_aside")
    both = [of(person()), of(person())]
    add("two above each other", np.vstack(both), aside("two-sheets"), fate="set_aside")
    under, over = of(person()), of(person())
    made = moved(under, 0, 320, (2080, 1240), 60)
    made[: over.shape[0]] = over
    add("two drawn in together, 54 mm apart", made, aside("two-sheets"), fate=("missing", "set_aside"))
    under, over = of(person()), of(person())
    made = moved(under, 60, 60, (1820, 1300), 60)
    made[: over.shape[0], : over.shape[1]] = over
    add("two over each other, 10 mm apart", made, READ, fate=("missing", "read"))
    under, over = of(person()), of(person())
    made = np.full((1954, 1640), 60, np.uint8)
    made[100:1854, 100:1340] = over
    made[1500:, 1370:] = under[:454, :270]
    add("the corner of another", made, READ, fate=("missing", "read"))


def scanned_again(tray: Tray) -> None:
    add, of, person = tray.add, tray.of, tray.person
    who = person()
    add("scanned twice", {"a.png": of(who), "b.png": turned(of(who), 1)}, EITHER, EITHER, fate="read")
    who = person()
    add(
        "scanned twice, once badly",
        {"a.png": one_bit(of(who)), "b.png": of(who)},
        aside("one-bit"),
        READ,
        fate="read",
    )
    who = person()
    two = {"a.png": of(who), "b.png": of(who, "B" + ANSWERS[1:])}
    add("scanned twice, with other marks", two, *[aside("scanned-twice-differs")] * 2, fate="set_aside")
    image = of(person())
    add("a file given twice", {"a.png": image, "b.png": image}, READ, ("repeated", "same-file"), fate="read")
    one, other = person(), person()
    code = tray.code(tray.spare()["serial"])
    copies = {f"{who}.png": tray.drawn(tray.marks(who), code) for who in (one, other)}
    add("a photocopy with another number", copies, *[aside("copy-of-another-sheet")] * 2, fate="set_aside")
    one, other = person(), person()
    row = tray.dealt[one]
    image = tray.drawn(tray.marks(other, form=row["base"]), tray.code(row["serial"], one))
    add("filled in by somebody else", image, aside("number-differs"), fate=("set_aside", "missing"))


def of_something_else(tray: Tray) -> None:
    add, of, person, code = tray.add, tray.of, tray.person, tray.code
    who = person()
    marks = tray.marks(who)
    add(
        "of another exam",
        tray.drawn(marks, code("X-1", who, exam="OTHER")),
        aside("other-exam"),
        fate="missing",
    )
    other = {**tray.sheet, "geometry": "1-0000"}
    image = tray.drawn(marks, sheets.code_text(other, "X-2", who, exam="OTHER-2"))
    add("of another exam, otherwise printed", image, aside("unknown-geometry"))
    add(
        "of an exam that no code tells",
        tray.drawn(tray.marks(person()), None),
        aside("exam-not-told"),
        fate="missing",
    )
    who, owner = person(), person()
    image = tray.drawn(tray.marks(who), code(tray.dealt[owner]["serial"], who))
    add("from an earlier printing", image, aside("candidate-differs"), fate="missing")
    add(
        "of a serial that was not printed",
        tray.drawn(tray.marks(person()), code("A-0999-00")),
        aside("serial-not-dealt"),
        fate="missing",
    )
    broken = code(tray.dealt[who]["serial"], who)[:-8] + "00000000"
    add(
        "a code whose check is wrong",
        tray.drawn(tray.marks(person()), broken),
        aside("exam-not-told"),
        fate="missing",
    )
    add(
        "somebody else's code",
        tray.drawn(tray.marks(person()), "https://example.org/pay?id=1"),
        aside("exam-not-told"),
        fate="missing",
    )
    add("an empty page", paper(), ("blank", "blank-page"))
    front = of(who := person())
    through = (paper(248) - 0.08 * (255 - front[:, ::-1])).astype(np.uint8)
    add(
        "a back through which the front shows",
        {"a.png": front, "b.png": through},
        READ,
        ("blank", "back-of-sheet"),
        fate="read",
    )
    tray.person()
    add(
        "a scan that is far too pale",
        (paper(248) - 0.08 * (255 - front)).astype(np.uint8),
        aside("faint-page"),
        fate="missing",
    )
    pages = [side for who in (person(), person()) for side in (of(who), paper(seed=int(who[-4:])))]
    duplex = {f"{n}.png": side for n, side in enumerate(pages)}
    back = ("blank", "back-of-sheet")
    add("both sides of two sheets", duplex, READ, back, READ, back, fate="read")
    add("an unused spare sheet", tray.drawn({}, code(tray.spare()["serial"])), ("blank", "unused-sheet"))
    add(
        "the cover of a booklet",
        words("Booklet A-0003-12", "Do not open before you are told to."),
        aside("not-our-sheet"),
    )
    add("an attendance list", attendance_list(), aside("not-our-sheet"))
    add("a cat", {"cat.jpg": cat()}, aside("not-our-sheet"))
    add("a bubble sheet of somebody else's", foreign_sheet(), aside("too-few-timing-bars"))


def whose_it_is(tray: Tray) -> None:
    add, person, plain = tray.add, tray.person, tray.plain
    add("a spare sheet", plain(person()), READ, fate="read")
    person()
    add(
        "no number",
        tray.drawn({("form", 0): "A", **sheets.answers(ANSWERS)}, tray.code(tray.spare()["serial"])),
        aside("number-blank"),
        fate="missing",
    )
    who = person()
    marks = {**tray.marks(who), ("number", 4): who[3] + str((int(who[3]) + 1) % 10)}
    add(
        "two digits in a place",
        tray.drawn(marks, tray.code(tray.spare()["serial"])),
        aside("number-uncertain"),
        fate="missing",
    )
    who = person()
    wrong = who[:-1] + str((int(who[-1]) + 1) % 10)
    add("a wrong check digit", plain(wrong), aside("number-check-wrong"), fate="missing")
    who = person()
    place = next(n for n in range(5, 12) if who[n] != who[n - 1])
    swapped = who[: place - 1] + who[place] + who[place - 1] + who[place + 1 :]
    add("two digits exchanged", plain(swapped), aside("number-check-wrong"), fate="missing")
    add("a number on no list", plain(thai_number(999_999)), READ)
    blank = {**sheets.number(person()), **sheets.answers(ANSWERS)}
    add("no form", tray.drawn(blank, tray.code()), aside("form-blank"), fate="set_aside")
    add(
        "two forms",
        tray.drawn(tray.marks(person(), form="A|B"), tray.code()),
        aside("form-multiple"),
        fate="set_aside",
    )
    who = person()
    other = "B" if tray.dealt[who]["base"] == "A" else "A"
    image = tray.drawn(tray.marks(who, form=other), tray.code(tray.dealt[who]["serial"], who))
    add("a form that was not dealt", image, aside("form-differs"), fate="set_aside")
    person()
    add("nothing of a candidate", {}, fate="missing")
    for kind, answers in (("of somebody who was absent", ANSWERS), ("of somebody absent, empty", "")):
        add(kind, tray.of(person(), answers), READ, fate="read")
        tray.absent |= tray.faults[-1].fates.keys()


def files(tray: Tray) -> None:
    add, of, person = tray.add, tray.of, tray.person
    image = of(person())
    whole = encoded(image, "a.jpg")
    add(
        "a PDF with a password",
        {"a.pdf": pdf(image, encryption=pikepdf.Encryption(owner="a", user="b"))},
        aside("encrypted"),
        fate="missing",
    )
    add("a PDF with a script", {"a.pdf": pdf(image, script="app.alert('x')")}, aside("pdf-with-script"))
    add("half of a PDF", {"a.pdf": b"%PDF-1.7\n" + bytes(range(256)) * 40}, aside("damaged"))
    add("a JPEG that is cut short", {"a.jpg": whole[: len(whole) // 2]}, aside("cut-short"))
    add("a zip in a zip", {"a.zip": zipped(b__zip=zipped(c__jpg=whole))}, aside("zip-in-zip"))
    add("a HEIC picture", {"a.heic": b"\0\0\0\x18ftypheic" + bytes(100)}, aside("kind-not-read"))
    add("a hidden or system file", {".a.jpg": whole}, aside("hidden-file"))
    add("an empty file", {"a.pdf": b""}, aside("empty-file"))
    add("a letter to the office", {"notes.txt": b"these are the scans of room 3"}, aside("not-a-scan"))
    add("what a file manager left", {".DS_Store": b"\0\0\0\1Bud1"}, [])
    pages = tiff(of(person()), paper())
    add("a TIFF of a sheet and its back", {"a.tif": pages}, [READ, ("blank", "back-of-sheet")], fate="read")
    add("a PDF of one page", {"a.pdf": pdf(of(person()))}, READ, fate="read")


def of_two_pages(tray: Tray) -> None:
    """Sheets of another exam, whose questions 1 to 3 are on one page and 4 on another."""
    add, row = tray.add, tray.dealt

    def page(who: str, n: int, answers: str = "ABCD", number: str = "") -> Grey:
        marks = {**sheets.number(number or who), ("form", 0): row[who]["base"], **sheets.answers(answers)}
        return sheets.drawn(tray.sheet, marks, tray.code(row[who]["serial"], who, page=n), n)

    who = tray.person()
    add(
        "two pages, the second first", {"a.png": page(who, 2), "b.png": page(who, 1)}, READ, READ, fate="read"
    )
    add("page 2 is missing", page(tray.person(), 1), aside("page-missing"), fate="set_aside")
    add("page 1 is missing", page(tray.person(), 2), aside("page-missing"), fate="set_aside")
    who = tray.person()
    twice = {"a.png": page(who, 1), "b.png": page(who, 2), "c.png": turned(page(who, 2), 1)}
    add("page 2 is there twice", twice, READ, EITHER, EITHER, fate="read")
    who = tray.person()
    other = {"a.png": page(who, 1), "b.png": page(who, 2), "c.png": page(who, 2, "ABCA")}
    differs = aside("scanned-twice-differs")
    add(
        "page 2 is there twice, with other marks",
        other,
        aside("page-missing"),
        differs,
        differs,
        fate="set_aside",
    )
    who = tray.person()
    numbers = {"a.png": page(who, 1), "b.png": page(who, 2, number="19999")}
    add("two pages with two numbers", numbers, *[aside("pages-differ")] * 2, fate="set_aside")


PARTS = (
    *(scans_that_are_read, scans_that_are_not, sheets_on_one_picture, scanned_again, of_something_else),
    *(whose_it_is, files),
)


@pytest.fixture(scope="module")
def given(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[Tray]]:
    """Two exams, and a folder `tray` with all faults."""
    folder = tmp_path_factory.mktemp("tray")
    bank = shelf(items=[item_data(pc, n) for pc in ("E1.01", "E1.02", "E2.01") for n in range(1, 14)])
    sat = assemble([bank], *blueprint(forms=2, items=N_QUESTIONS))
    one, two = folder / "one", folder / "two"
    write_package(one, exam_files(sat, bank_sha256([bank]), {}))
    people = [
        Candidate(candidate_id=thai_number(n), name=f"ผู้สอบ {n}", centre=CENTRES[n % 3], room="1", seat=str(n))
        for n in range(N_PEOPLE)
    ]
    print_for(one, people, RULE)
    sheet = json.loads(json.dumps(sheet_geometry(read_package(one).exam, RULE)))
    (one / "papers/sheet.json").write_text(json.dumps(sheet), "utf-8")
    sheets.exam_with_sheets(two, [f"2000{n}" for n in range(6)])
    sheet = sheets.sheet_of(two)
    second = json.loads(json.dumps(sheet["pages"][0])) | {"page": 2}
    for page, has in ((sheet["pages"][0], (1, 2, 3)), (second, (4,))):
        page["bubbles"] = [b for b in page["bubbles"] if b.get("question") in (None, *has)]
    sheet["pages"].append(second)
    code = sheet["exam"]
    (two / "papers/sheet.json").write_text(json.dumps(sheet).replace(code, f"{code}-2"), "utf-8")
    manifest = two / "exam.yaml"
    manifest.write_text(manifest.read_text("utf-8").replace(code, f"{code}-2"), "utf-8")
    trays = [Tray(one, "one"), Tray(two, "two")]
    for part in PARTS:
        part(trays[0])
    of_two_pages(trays[1])
    for tray in trays:
        for fault in tray.faults:
            for name, data in fault.files.items():
                path = folder / "tray" / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(data)
    trays[0].faults += [Fault("(the rest of the list)", {}, {}, dict.fromkeys(trays[0].left(), "missing"))]
    roster = [
        {"candidate_id": who, **{name: row[name] for name in ("name", "centre", "room", "seat")},
         "status": "absent" if who in trays[0].absent else "present"}
        for who, row in trays[0].dealt.items()
    ]  # fmt: skip
    write_table(folder / "who.csv", roster)
    return folder, trays


N_PEOPLE = 100


@pytest.mark.long("a tray of drawn scans; test_taken_scans has each fault by itself")
def test_every_fault_of_a_tray_has_its_line_and_every_candidate_a_fate(
    run: Run, given: tuple[Path, list[Tray]], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, trays = given
    monkeypatch.chdir(folder)
    run.ok("take", "one", "who.csv", "--by", "มานี")
    done = run("scan", "tray", "--exam", "one", "--exam", "two", "--out", "out", "--json")
    assert done.status == 3, done.text
    pages = table(Path("out/pages.csv"))
    counts_of_pages = json.loads(done.out)["pages"]
    outcomes = ("read", "set_aside", "blank", "repeated")
    assert sum(counts_of_pages[name] for name in outcomes) == counts_of_pages["all"] == len(pages)
    lines: dict[str, list[dict[str, str]]] = {}
    for page in pages:
        lines.setdefault(page["source"].removeprefix("tray/"), []).append(page)
    differ, shown = {}, []
    for fault in (fault for tray in trays for fault in tray.faults):
        for name, wanted in fault.lines.items():
            own = [
                one
                for source, some in lines.items()
                if source == name or source.startswith(f"{name}/")
                for one in some
            ]
            found = [(one["outcome"], one["reason"]) for one in own]
            shown.append(f"{fault.kind:45} {name.rpartition('/')[2]:12} {found}")
            if wanted not in (found, [EITHER]):
                differ[name] = found
    assert not differ
    # what is hidden on a page that is read is asked
    hiding = {"a strip down a column", "a note stuck on it"}
    hidden = [name for tray in trays for one in tray.faults if one.kind in hiding for name in one.lines]
    assert len(hidden) == 2
    assert all(int(lines[name][0]["in_doubt"]) > 1 for name in hidden)
    # a line for every file but those of file managers, and a fate for every candidate of both lists
    silent = {name for tray in trays for one in tray.faults for name in one.files if not one.lines[name]}
    assert {line.split("/")[1] for line in lines} >= {
        name.split("/")[1]
        for tray in trays
        for one in tray.faults
        for name in one.files
        if name not in silent
    }
    found = tray_of(Path("out"))
    assert found.needs_attention
    told = found.as_dict()
    listed = {sheet.candidate_id: sheet for sheet in found.sheets}
    due = {who: fate for tray in trays for one in tray.faults for who, fate in one.fates.items()}
    fates: dict[str, str] = {who: sheet.state for who, sheet in listed.items()}
    assert {
        who: (fate, fates[who], listed[who].pages) for who, fate in due.items() if fates[who] != fate
    } == {}
    assert fates.keys() == due.keys() == {who for tray in trays for who in tray.dealt}
    # it adds up, counted here once more
    absent = trays[0].absent
    counts = Counter(state for who, state in fates.items() if who not in absent)
    total = told["sheets"]
    assert {name: total[name] for name in ("read", "set_aside", "missing")} == counts
    assert (total["listed"], total["absent"]) == (len(listed), len(absent))
    assert total["expected"] == sum(counts.values()) == len(listed) - len(absent)
    for name in ("listed", "expected", "read", "set_aside", "missing"):
        assert sum(one[name] for one in told["centres"]) == total[name]
    assert {one["centre"] for one in told["centres"]} == {*CENTRES, ""}
    assert {one["candidate_id"] for one in told["missing"]} == {
        who for who, state in fates.items() if state == "missing" and who not in absent
    }
    assert told["pages"] == counts_of_pages
    assert (
        sum(sum(some.values()) for some in told["reasons"].values())
        == counts_of_pages["all"] - counts_of_pages["read"]
    )
    print(*shown, sep="\n")
