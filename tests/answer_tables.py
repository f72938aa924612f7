"""Random tables of answers and random damage to files: what the reader is tried with by the thousand."""

from __future__ import annotations

import codecs
import gzip
import io
import zipfile
from collections.abc import Mapping, Sequence
from random import Random

ALPHABETS = ("ABCD", "ABCD", "ABCD", "abcd", "กขคง", "1234", "๑๒๓๔", "ＡＢＣＤ")
ODD_MARKS = (
    "", "", " ", "-", ".", "AC", "A|C", '"A,C"', "กข", "E", "จ", "5", "X", "?", "AA", "4.0", "4,0", '"4,0"', " B ", "ค.", "0",
    '"A\nB"', '"', "A\u200b", "#N/A", "1;2", "TRUE", "\x00", "\ufffd", "รวม", "ABCDE", '="A"', "x" * 300,
)  # fmt: skip
ODD_IDS = (
    "", "-", " 0007 ", "=\"0007\"", "1.10E+12", "7-Jan", "Jan-07", "12-Feb-69", "ม.ค.-07", "#N/A", "Err:502", "รวม", "Total",
    "candidate_id", "Q1", "form", "\u200b0003", "๐๐๐๓", "9" * 64, "9" * 65, "9" * 129, "O'Neil", "ก-01", '"0,1"', '"0008"', "0001",
    "0002", "A B", "\x01", "\ufeff0004", "'0005", "a-Jan", "17-Janx", "1-Jan-1", "SUM", "x\ty",
    "๗-Jan", "๑๗-Jan", "1๗-Jan-69", "กท-Jan", "รวม_", "ร_วม", "รวมคน9", "ยอดรวม", "ผลรวม", "su_m", "Sub-total", "TOTAL7", "กำ-01", "ก\u200b1",
    "เ-01", "ชื่อ", "ฃ/1", "ก-", "ๆ1", "฿1", "ก" * 21 + "1", "ก" * 22, "ก" * 43,
)  # fmt: skip
ODD_FORMS = ("", "C", "a", " B ", "Ａ", "A.", "b", '"A"', "form", "AB", "A\u200d")
ODD_LINES = (
    "", "", " ", ",,,,", '"', '""', '"""', '5","', '0091,A,"', "รวม,,3,3", "\x1a", "x" * 400, "candidate_id,form", "0001", '"a\nb"',
    ";;;", "\ufeff", "\x00\x00",
)  # fmt: skip
IDS = ("{:04d}", "{:04d}", "TH-{:04d}-A", "{:08x}-aa-4bb", "กท-{:04d}", "{:d}", "thai", "S_{:d}/69")
"""How ids of a table are written; `thai` in Thai digits."""
THAI_DIGITS = str.maketrans("0123456789", "๐๑๒๓๔๕๖๗๘๙")
NOTES = (
    "", "x", "สมชาย ใจดี", "=1+1", "-2", '"a, ""b"""', '"two\nlines"', 'ท่อ 5"', "“ก”", "a\u2028b", "รวม",
    "\x07", "José", "1.5",
)  # fmt: skip
DAMAGE = (
    b"\xff", b"\xe0", b"\xe0\xb8", b'"', b"\n", b"\r", b",", b";", b"\0", b"\x1a", b"", b"\xa1", b"\t", b"-",
    b" ", b"A,", b"\xef\xbb\xbf",
)  # fmt: skip


def table(random: Random, sizes: Mapping[str, int]) -> bytes:
    """A table of answers to forms of these numbers of questions, most of its rows plain, some damaged."""
    structure = random.choice(("wide", "wide", "wide", "wide", "string", "string", "long"))
    delimiter = random.choice((",", ",", ",", ";", "\t", "|"))
    oddness = random.choice((0, 0.01, 0.05, 0.4))
    n_notes = random.choice((0, 0, 1, 1, 2))
    front = random.random() < 0.15
    ids = random.choice(IDS)
    rows = [_header(structure, sizes, n_notes)]
    for k in range(random.choice((1, 3, 12, 60))):
        rows += _candidate(random, structure, sizes, _id(ids, k), oddness, n_notes)
    rows = _quoted(random.choice(("none", "none", "none", "all", "text", "some")), rows, random)
    if front:
        # other columns first, and questions perhaps after what they follow
        rows = [row[2:] + row[:2] for row in rows]
    lines = [delimiter.join(row) for row in rows]
    body = lines[1:]
    if random.random() < 0.3:
        random.shuffle(body)
    body += random.choices(body, k=random.choice((0, 0, 1, 4)))
    for _ in range(random.choice((0, 0, 1, 3))):
        line = random.choice((*ODD_LINES, lines[0], random.choice(body)[: random.randrange(1, 20)]))
        body.insert(random.randrange(len(body) + 1), line.replace(",", delimiter))
    ends = random.choice((("\n",), ("\n",), ("\r\n",), ("\r",), ("\n", "\r\n", "\r")))
    text = "".join(line + random.choice(ends) for line in [lines[0], *body])
    text = text if random.random() < 0.7 else text.rstrip("\r\n")
    return _encoded(random, text)


def _header(structure: str, sizes: Mapping[str, int], n_notes: int) -> list[str]:
    answers = {
        "wide": [f"Q{n}" for n in range(1, max(sizes.values()) + 1)],
        "string": ["answers"],
        "long": ["question", "answer"],
    }
    return ["candidate_id", "form", *answers[structure], *("ชื่อ", "ห้อง")[:n_notes]]


def _id(written: str, k: int) -> str:
    return f"{k + 1:04d}".translate(THAI_DIGITS) if written == "thai" else written.format(k + 1)


def _quoted(which: str, rows: list[list[str]], random: Random) -> list[list[str]]:
    """The rows with quotes around all fields, those that are not numbers, or some; fields with quotes of
    their own as they are."""
    if which == "none":
        return rows

    def is_quoted(field: str) -> bool:
        if '"' in field:
            return False
        return which == "all" or (not field.isdigit() if which == "text" else random.random() < 0.5)

    return [[f'"{field}"' if is_quoted(field) else field for field in row] for row in rows]


def _candidate(
    random: Random, structure: str, sizes: Mapping[str, int], plain_id: str, oddness: float, n_notes: int
) -> list[list[str]]:
    def odd(texts: Sequence[str], plain: str) -> str:
        return random.choice(texts) if random.random() < oddness else plain

    form = random.choice(list(sizes))
    who, named = odd(ODD_IDS, plain_id), odd(ODD_FORMS, form)
    notes = [odd(NOTES, random.choice(("x", "", "สมหญิง"))) for _ in range(n_notes)]
    alphabet = random.choice(ALPHABETS) if random.random() < oddness + 0.1 else "ABCD"
    marks = [odd(ODD_MARKS, random.choice(alphabet)) for _ in range(sizes[form])]
    if structure == "long":
        return [
            [who, named, odd(("0", "x", "ข้อ 1", "99"), str(n)), mark, *notes]
            for n, mark in enumerate(marks, 1)
        ]
    if structure == "string":
        joined = "".join(mark if len(mark) == 1 and mark not in ',;\t|"' else "-" for mark in marks)
        return [[who, named, odd((joined[1:], joined + "A", "", " " + joined[1:]), joined), *notes]]
    row = [who, named, *marks, *[""] * (max(sizes.values()) - len(marks)), *notes]
    if random.random() < oddness / 3:
        row = random.choice((row[:-1], [*row, ""]))
    return [row]


def _encoded(random: Random, text: str) -> bytes:
    kind = random.choice(("utf-8", "utf-8", "utf-8-sig", "cp874", "cp874", "utf-16", "utf-16-be"))
    data = text.encode(kind, "replace" if kind == "cp874" else "surrogatepass")
    return gzip.compress(data, mtime=0) if random.random() < 0.04 else data


def damaged(random: Random, data: bytes, others: Sequence[bytes] = ()) -> bytes:
    """The bytes with some of them set, put in, cut out, doubled, or those of another file among them."""
    out = bytearray(data)
    for _ in range(random.choice((1, 1, 2, 5, 20))):
        i = random.randrange(len(out) + 1)
        kind = random.randrange(8)
        piece = random.choice(DAMAGE) if random.random() < 0.7 else bytes([random.randrange(256)])
        if kind < 2:
            out[i : i + 1] = piece
        elif kind == 2:
            out[i:i] = piece * random.choice((1, 1, 2, 40))
        elif kind == 3:
            del out[i : i + random.choice((1, 2, 10, 100))]
        elif kind == 4:
            out[i:i] = out[i : i + random.choice((3, 30, 300))]
        elif kind == 5 and random.random() < 0.2:
            del out[i:]
        elif kind == 6 and others:
            other = random.choice(others)
            start = random.randrange(len(other) + 1)
            out[i:i] = other[start : start + random.choice((8, 80, 800))]
        elif kind == 7:
            lines = bytes(out).split(b"\n")
            a, b = random.randrange(len(lines)), random.randrange(len(lines))
            lines[a], lines[b] = lines[b], lines[a]
            out = bytearray(b"\n".join(lines))
    return bytes(out)


def mutated(random: Random, data: bytes, others: Sequence[bytes]) -> bytes:
    """A file of any kind, damaged: gzip and workbooks also inside."""
    inside = random.random() < 0.8
    if inside and data.startswith(b"PK\x03\x04"):
        return _mutated_archive(random, data, others)
    if inside and data.startswith(b"\x1f\x8b"):
        try:
            return gzip.compress(damaged(random, gzip.decompress(data), others), mtime=0)
        except (OSError, EOFError):
            return damaged(random, data, others)
    found = damaged(random, data, others)
    if random.random() < 0.05:
        try:
            found = codecs.BOM_UTF16_LE + found.decode().encode("utf-16-le")
        except UnicodeDecodeError:
            found = codecs.BOM_UTF8 + found
    return found if random.random() < 0.97 else gzip.compress(found, mtime=0)


def _mutated_archive(random: Random, data: bytes, others: Sequence[bytes]) -> bytes:
    made = io.BytesIO()
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as source, zipfile.ZipFile(made, "w") as target:
            names = source.namelist()
            hit = {random.choice(names), random.choice([name for name in names if "sheet" in name] or names)}
            for name in names:
                part = source.read(name)
                target.writestr(name, damaged(random, part, others) if name in hit else part)
    except (zipfile.BadZipFile, ValueError, RuntimeError, OSError):
        return damaged(random, data, others)
    return made.getvalue()
