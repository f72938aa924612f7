"""make.py: writes the damage corpus beside itself; `make.py --libreoffice SOFFICE` its LibreOffice files too.

Each file is what some centre might send for an exam of forms A and B, 4 questions of 4 options each. What
a right reader makes of it stands in expected.yaml, written by hand from the file and the rules. The files
are kept, so that they do not change with the programs that write workbooks and Parquet.
"""

from __future__ import annotations

import codecs
import datetime
import gzip
import io
import subprocess
import sys
import tempfile
import zipfile
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import polars as pl

HERE = Path(__file__).parent
HEAD = "candidate_id,form,Q1,Q2,Q3,Q4"
NAMED = HEAD + ",ชื่อ"
ROWS = ["0001,A,A,B,C,D", "0002,B,D,C,B,A", "0003,A,B,,C,A"]
THAI = [
    "เลขประจำตัวสอบ,ชุดข้อสอบ,ข้อ 1,ข้อ 2,ข้อ 3,ข้อ 4,ชื่อ-สกุล",
    "6900101,A,ก,ข,ค,ง,สมชาย ใจดี",
    "6900102,B,ง,ค,ข,ก,สมหญิง เพียรเรียน",
    "6900103,A,ก,,ค,จ,ปู่ย่า น้ำทิพย์",
]
LONG = "candidate_id,form,question,answer"

Files = dict[str, bytes]


def lines(*rows: str, end: str = "\n") -> str:
    """The rows as text, each with its end."""
    return "".join(row + end for row in rows)


def encodings() -> Files:
    thai = lines(*THAI, end="\r\n")
    as_utf8_rows = [f"000{k},A,A,B,C,D,{name}" for k, name in enumerate(("สมชาย", "สมหญิง", "ปู่", "น้ำ"), 1)]
    named = lines(NAMED, *as_utf8_rows)
    western = [HEAD + ",name", "0001,A,A,B,C,D,José", "0002,A,A,B,C,D,Smith", "0003,A,A,B,C,D,Zoë"]
    mojibake = thai.encode("cp874").decode("latin-1").split("\r\n")
    return {
        "utf8.csv": thai.encode(),
        "utf8-bom.csv": thai.encode("utf-8-sig"),
        "utf16le-bom-tab.txt": codecs.BOM_UTF16_LE + thai.replace(",", "\t").encode("utf-16-le"),
        "utf16be-bom.csv": codecs.BOM_UTF16_BE + thai.encode("utf-16-be"),
        "utf16le-no-bom.csv": lines(NAMED, *as_utf8_rows).encode("utf-16-le"),
        "utf16be-no-bom.csv": lines(NAMED, *as_utf8_rows).encode("utf-16-be"),
        "cp874.csv": thai.encode("cp874"),
        "tis620.csv": thai.encode("tis-620"),
        "cp874-typographic.csv": lines(NAMED, "0001,A,A,B,C,D,“ห้อง” 3–4 … 5").encode("cp874"),
        "mojibake-names.csv": lines(
            HEAD + ",name", "0001,A,A,B,C,D," + mojibake[1].split(",")[6],
            "0002,A," + ",".join(mojibake[1].split(",")[2:6]) + ",x",
        ).encode(),
        "mojibake-header.csv": lines(*mojibake[:3]).encode(),
        "utf8-read-as-cp874.csv": lines(
            NAMED, "0001,A,A,B,C,D," + "สม".encode().decode("cp874"), "0002,B,D,C,B,A,x"
        ).encode(),
        "utf8-with-cp874-row.csv": named.encode() + "0005,A,A,B,C,D,สมศรี\n".encode("cp874"),
        "cp874-with-utf8-row.csv": named.encode("cp874") + "0005,A,A,B,C,D,สมชาย\n".encode(),
        "utf8-stray-byte.csv": named.encode() + b"0005,A,A,B,C,D,\xff\n0006,A,A,B,\xe9,D,x\n",
        "cp874-stray-byte.csv": named.encode("cp874") + b"0005,A,A,B,C,D,\xdbx\n0006,A,A,B,C,D,y\n",
        "western-names.csv": lines(*western).encode("cp1252"),
        "utf8-cut-in-character.csv": named.encode()[:-2],
        "utf16-cut.csv": codecs.BOM_UTF16_LE + lines(NAMED, *as_utf8_rows).encode("utf-16-le")[:-3],
        "utf16-with-utf8-tail.csv": codecs.BOM_UTF16_LE
        + lines(HEAD, *ROWS).encode("utf-16-le") + b"0004,A,A,B,C,D\r\n",
        "utf8-with-surrogates.csv": lines(HEAD + ",note", "0001,A,A,B,C,D,x").encode()
        + b"0002,A,A,B,C,D,\xed\xa0\xbd\xed\xb8\x80\n",
        "joined-with-bom.csv": 2 * codecs.BOM_UTF8.join([b"", lines(HEAD, ROWS[0]).encode()])
        + b"0002,B,D,C,B,A\n",
        "decomposed-header.csv": "รหัสผู้เข้าสอบ,ชุดข้อสอบ,คําตอบ\n0001,A,กขคง\n".encode(),
    }  # fmt: skip


def delimiters() -> Files:
    table = lines(*THAI)
    return {
        "semicolon.csv": table.replace(",", ";").encode("utf-8-sig"),
        "tab.tsv": table.replace(",", "\t").encode(),
        "pipe.txt": table.replace(",", "|").encode(),
        "sep-line.csv": ("sep=;\r\n" + lines(HEAD, *ROWS, end="\r\n").replace(",", ";")).encode(),
        "sep-line-quoted.csv": ('"sep=|"\n' + lines(HEAD, *ROWS).replace(",", "|")).encode(),
        "sep-line-lies.csv": ("sep=;\n" + lines(HEAD, *ROWS)).encode(),
        "comma-in-cells.csv": lines(
            HEAD, "0001,A,A,B,C,D", "0002,A,A,C,B,C,D", '0003,A,"A,C",B,C,D', "0004,A,A,B,C,D,"
        ).encode(),
        "pipe-marks-in-pipes.txt": lines(
            HEAD.replace(",", "|"), "0001|A|A|B|C|D", "0002|A|A|C|B|C|D", '0003|A|"A|C"|B|C|D'
        ).encode(),
        "rows-with-another-delimiter.csv": lines(
            HEAD, *ROWS, "0004;A;A;B;C;D", "0005\tA\tA\tB\tC\tD"
        ).encode(),
        "spaces-for-delimiters.txt": lines(HEAD, *ROWS).replace(",", " ").encode(),
        "only-delimiters.csv": b",,,,,\n,,,,,\n,,,,,\n",
    }


def quotes() -> Files:
    noted = HEAD + ",note"
    every = lines(noted, "0001,A,A,B,C,D,", "0002,B,D,,B,A,x")
    return {
        "all-quoted.csv": lines(
            *('"' + line.replace(",", '","') + '"' for line in every.splitlines()), end="\r\n"
        ).encode("utf-8-sig"),
        "doubled-quotes.csv": lines(
            noted, '0001,A,A,B,C,D,"ท่อ 5"" ""ใหม่"""', '0002,A,A,B,C,D,5" pipe'
        ).encode(),
        "note-over-lines.csv": lines(
            noted, '0001,A,A,B,C,D,"บรรทัดหนึ่ง\r\nบรรทัดสอง\n\nจบ"', "0002,B,D,C,B,A,x", end="\r\n"
        ).encode(),
        "answer-over-lines.csv": lines(noted, '0001,A,"A\n",B,C,D,x', "0002,B,D,C,B,A,x").encode(),
        "quote-never-closed.csv": lines(
            noted, '0001,A,A,B,C,D,"x', "0002,B,D,C,B,A,y", "0003,A,A,A,A,A,z"
        ).encode(),
        "quote-opens-and-closes-rows-later.csv": lines(
            noted, '0001,A,A,B,C,D,"x', "0002,B,D,C,B,A,y", '0003,A,A,A,A,A,z"', "0004,A,B,B,B,B,"
        ).encode(),
        "text-behind-quote.csv": lines(
            noted, '0001,A,"A"A,B,C,D,x', '0002,A,A,B,C,D,"x"y', "0003,B,D,C,B,A,"
        ).encode(),
        "backslash-quotes.csv": lines(
            noted, r'0001,A,A,B,C,D,"say \"yes\", he said"', "0002,B,D,C,B,A,"
        ).encode(),
        "single-quotes.csv": lines(
            "'candidate_id','form','Q1','Q2','Q3','Q4'", "'0001','A','A','B','C','D'"
        ).encode(),
        "single-quoted-row.csv": lines(HEAD, ROWS[0], "'0002','B','D','C','B','A'").encode(),
        "curly-quotes.csv": lines(HEAD, ROWS[0], "0002,A,“A”,‘B’,C,D").encode(),
        "rows-quoted-whole.csv": lines(HEAD, ROWS[0], '"0002,B,D,C,B,A"').encode(),
        "file-quoted-whole.csv": lines('"' + HEAD + '"', '"0001,A,A,B,C,D"').encode(),
        "lone-quotes.csv": lines(HEAD, '"', ROWS[0], '""', '"""', ROWS[1]).encode(),
    }


def headers() -> Files:
    return {
        "header-case-and-space.csv": lines(" Candidate ID ,FORM, q 1,Q_2,question 3,4.0", *ROWS).encode(),
        "header-mixed-thai.csv": lines("รหัสผู้สอบ,ชุดที่,ข้อที่ ๑,ข้อ๒,3,Q4", *ROWS).encode(),
        "header-missing.csv": lines(*ROWS).encode(),
        "header-repeated.csv": lines(HEAD, ROWS[0], HEAD, ROWS[1], HEAD.upper(), ROWS[2]).encode(),
        "header-of-other-columns.csv": lines(HEAD, ROWS[0], "candidate_id,form,Q4,Q3,Q2,Q1", ROWS[1]).encode(),
        "header-long-below-wide.csv": lines(HEAD, *ROWS, LONG, "0004,A,1,A").encode(),
        "question-column-twice.csv": lines("candidate_id,form,Q1,Q2,Q2,Q3,Q4", "0001,A,A,B,B,C,D").encode(),
        "question-column-missing.csv": lines("candidate_id,form,Q1,Q2,Q4", "0001,A,A,B,D").encode(),
        "question-column-beyond.csv": lines(HEAD + ",Q5", "0001,A,A,B,C,D,A").encode(),
        "candidate-column-twice.csv": lines("candidate_id,Candidate ID,form,answers", "1,2,A,ABCD").encode(),
        "wide-and-string.csv": lines(HEAD + ",answers", "0001,A,A,B,C,D,ABCD").encode(),
        "other-columns-twice.csv": lines(HEAD + ",ชื่อ,ชื่อ,score,score", ROWS[0] + ",ก,ข,1,2").encode(),
        "no-form-column.csv": lines("candidate_id,Q1,Q2,Q3,Q4", "0001,A,B,C,D").encode(),
        "no-candidate-column.csv": lines("ชื่อ,form,Q1,Q2,Q3,Q4", "สมชาย,A,A,B,C,D").encode(),
        "columns-in-any-order.csv": lines("Q4,ห้อง,Q2,form,Q1,candidate_id,Q3", "D,101,B,A,A,0001,C").encode(),
        "index-column.csv": lines("," + HEAD, "0," + ROWS[0], "1," + ROWS[1], "2," + ROWS[2]).encode(),
        "title-above.csv": lines("ผลการสอบ ศูนย์สอบขอนแก่น,,,,,", *(HEAD, *ROWS)).encode(),
        "blank-above.csv": lines(",,,,,", "", HEAD, "  ", *ROWS).encode(),
        "header-over-lines.csv": lines('candidate_id,form,"ข้อ\n1","ข้อ\n2",Q3,Q4', *ROWS).encode(),
        "totals.csv": lines(
            NAMED, *(row + ",x" for row in ROWS), "รวม,,3,2,3,3,", "จำนวน ๓ คน,,,,,,", "เฉลี่ย,A,1,2,3,4,", "Total:,,,,,,",
        ).encode(),
        "totals-in-first-column.csv": lines("ลำดับ," + HEAD, "1," + ROWS[0], "2," + ROWS[1], "รวม,2,,,,,").encode(),
        "named-like-totals.csv": lines(NAMED, "รวม,A,ก,ข,ค,ง,รวม สุขใจ", "0002,A,1,2,3,4,รวม").encode(),
    }  # fmt: skip


def spreadsheet_texts() -> Files:
    sixteen = [f"{k:04d},A,A,B,C,D,{'สาย' if k < 3 else ''}" for k in range(1, 17)]
    return {
        "ids-rounded.csv": lines(
            HEAD, "1.10E+12,A,A,B,C,D", "1.10E+12,B,A,B,C,D", "1.1007e+12,A,A,B,C,D", "1E+13,A,A,B,C,D",
            '"1,10E+12",A,A,B,C,D', "1100700000014,A,A,B,C,D", "1E5X,A,A,B,C,D",
        ).encode(),
        "ids-as-dates.csv": lines(
            HEAD, "7-Jan,A,A,B,C,D", "Jan-07,A,A,B,C,D", "7-ม.ค.,A,A,B,C,D", "2026-01-07 00:00:00,A,A,B,C,D",
            "1-7,A,A,B,C,D", "JAN-0007,A,A,B,C,D",
        ).encode(),
        "ids-as-errors.csv": lines(
            HEAD, "#N/A,A,A,B,C,D", "#REF!,A,A,B,C,D", "#NAME?,A,A,B,C,D", "#DIV/0!,A,A,B,C,D",
            "Err:502,A,A,B,C,D", "########,A,A,B,C,D",
        ).encode(),
        "ids-as-formulas.csv": lines(HEAD, '="0001",A,A,B,C,D', '"=""0002""",B,D,C,B,A', "'0003,A,B,B,B,B").encode(),
        "ids-of-floats.csv": lines(HEAD, "1100700000014.0,A,1.0,2.0,3.0,4.0").encode(),
        "numbers-with-point.csv": lines(HEAD, "0001,A,1.0,2.00,3.,4.0", "0002,A,1.5,0.0,5.0,10").encode(),
        "numbers-with-comma.csv": lines(
            HEAD.replace(",", ";"), "0001;A;1,0;2,00;3;4,0", "0002;A;1,3;1,5;0,0;"
        ).encode("utf-8-sig"),
        "marks-as-dates.csv": lines(HEAD, "0001,A,2-Jan,01/02/2026,C,D", "0002,A,A,TRUE,FALSE,#N/A").encode(),
        "trailing-columns.csv": lines(*(row + ",,," for row in (HEAD, *ROWS))).encode(),
        "trailing-delimiters-in-rows.csv": lines(HEAD, ROWS[0], ROWS[1] + ",", ROWS[2] + ",,").encode(),
        "excel-drops-empty-ends.csv": lines(
            NAMED, *sixteen, *(f"{k:04d},A,A,B,C,D" for k in range(17, 20)), "0020,A,A,B", end="\r\n"
        ).encode("utf-8-sig"),
        "blank-rows-below.csv": lines(HEAD, *ROWS, *["," * 5] * 200, end="\r\n").encode(),
    }  # fmt: skip


def cut_off() -> Files:
    table = lines(HEAD, *ROWS).encode()
    packed = gzip.compress(table, mtime=0)
    wrong = bytearray(packed)
    wrong[-6] ^= 0x55
    return {
        "cut-in-row.csv": table[:-9],
        "cut-in-last-cell.csv": table[:-2],
        "cut-in-quote.csv": lines(HEAD + ",note", ROWS[0] + ",x").encode()
        + '0002,B,D,C,B,A,"สองบรร'.encode(),
        "cut-in-header.csv": b"candidate_id,form,Q1,Q",
        "cut-in-string.csv": b"candidate_id,form,answers\n0001,A,ABCD\n0002,A,AB",
        "packed.csv": packed,
        "packed-cut.csv.gz": packed[:-12],
        "packed-changed.csv.gz": bytes(wrong),
        "packed-padded.csv.gz": packed + bytes(512),
        "packed-with-rest.csv.gz": packed + b"not gzip",
        "packed-in-members.csv.gz": packed + gzip.compress(b"0004,A,A,A,A,A\n", mtime=0),
        "packed-twice.csv.gz": gzip.compress(packed, mtime=0),
        "header-only.csv": (HEAD + "\r\n").encode(),
        "header-without-end.csv": HEAD.encode(),
        "empty.csv": b"",
        "bom-only.csv": codecs.BOM_UTF8,
        "bom-of-utf16-only.csv": codecs.BOM_UTF16_LE,
        "blanks-only.csv": b" \t\r\n\r\n   \n",
    }


def odd_bytes() -> Files:
    table = lines(HEAD, *ROWS)
    noted = HEAD + ",note"
    return {
        "nul-in-row.csv": lines(HEAD, ROWS[0], "0002,B,D\0,C,B,A", "00\x0003,A,B,B,C,A").encode(),
        "nul-tail.csv": table.encode() + bytes(1000),
        "nul-sector.csv": lines(HEAD, ROWS[0]).encode() + b"0002,B,D" + bytes(512) + b",A\n0003,A,B,,C,A\n",
        "nul-only.csv": bytes(4096),
        "control-characters.csv": lines(
            noted, "0001,A,A,B,C,D,\x1b[0m", "0002,A,A,B,C,D,\x07", "0003,A,A,\x08B,C,D,x", "0004,A,A,B,C,D,a\x0bb",
            "0005,A,A,B,C,D,\x7f", "0006,A,A,B,C,D,\x0c", "0007,A,A,B,C,D,y",
        ).encode(),
        "end-mark.csv": table.encode() + b"\x1a",
        "end-mark-within.csv": lines(HEAD, ROWS[0]).encode() + b"\x1a" + lines(ROWS[1], ROWS[2]).encode(),
        "other-line-ends.csv": lines(noted, "0001,A,A,B,C,D,a\u2028b", "0002,A,A,B,C,D,a\u0085b", "0003,A,A,B,C,D,\u2029").encode(),
        "cr.csv": table.replace("\n", "\r").encode(),
        "mixed-line-ends.csv": f"{HEAD}\r\n{ROWS[0]}\n{ROWS[1]}\r{ROWS[2]}\r\n0004,A,A,A,A,A".encode(),
        "crcrlf.csv": table.replace("\n", "\r\r\n").encode(),
        "lfcr.csv": table.replace("\n", "\n\r").encode(),
        "blank-lines.csv": lines("", HEAD, "", ROWS[0], " ", ",,,,,", '"","","","","",""', ROWS[1], "\t", ROWS[2], "").encode(),
        "invisible.csv": lines(
            "\u200bcandidate_id,form\u200b,Q1,Q2,Q3,Q4", "0001,A,A,B,C,D", "\u200b0001\ufeff,A\u200d,A\u200b,\u200eB,C,D",
            "\u200b,A,A,B,C,D", "0002\u00a0,A,\u00a0A,B\u3000,C,D",
        ).encode(),
        "full-width.csv": lines(HEAD, "0001,Ａ,Ａ,ｂ,３,Ｄ", "ＡＢ７,Ｂ,１,２,３,４").encode(),
        "thai-digits.csv": lines(HEAD, "0001,A,๑,๒,๓,๔", "๐๐๐๑,A,๑,๒,๓,๔", "0003,A,ก.,ข.,ค ,ง").encode(),
        "marks-of-all-kinds.csv": lines(
            HEAD, "0001,A,AC,A|C,A/B,A+D", "0002,A,A B,A & B,1 2,กข", "0003,A,E,X,AA,?", "0004,A,-,., ,–",
            "0005,a,a,B,ค,๔", "0006,A,ไม่ตอบ,ABCD,0,5", '0007,A,"A,B","ก, ข","1;2","A;B"',
        ).encode(),
        "forms-of-all-kinds.csv": lines(
            HEAD, "0001, a ,A,B,C,D", "0002,C,A,B,C,D", "0003,,A,B,C,D", "0004,ชุด A,A,B,C,D", "0005,A.,A,B,C,D",
            "0006,AB,A,B,C,D", "0007,1,A,B,C,D",
        ).encode(),
        "ids-of-all-kinds.csv": lines(
            HEAD, ",A,A,B,C,D", "-,A,A,B,C,D", "---,A,A,B,C,D", "110-0700-0001,A,A,B,C,D", "กข-12/๓,A,A,B,C,D",
            "9" * 128 + ",A,A,B,C,D", "9" * 129 + ",A,A,B,C,D", "O'Neil,A,A,B,C,D", "=1+1,A,A,B,C,D", "\ufffd01,A,A,B,C,D",
            "0,A,A,B,C,D", "00,A,A,B,C,D",
        ).encode(),
    }  # fmt: skip


def candidates() -> Files:
    return {
        "repeats.csv": lines(HEAD, *ROWS, ROWS[0], "0002,b,d,ค,2,1", ROWS[0]).encode(),
        "conflicts.csv": lines(HEAD, *ROWS, "0001,A,A,B,C,C", "0002,A,D,C,B,A", ROWS[2]).encode(),
        "conflict-of-three.csv": lines(HEAD, ROWS[0], ROWS[0], "0001,A,A,B,C,C", ROWS[1]).encode(),
        "centre-1.csv": lines(HEAD, *ROWS).encode(),
        "centre-2.csv": lines(
            HEAD + ",room", ROWS[0] + ",x", "0002,B,D,C,B,B,x", "0004,A,D,D,D,D,x"
        ).encode(),
    }


def other_structures() -> Files:
    def group(candidate: str, marks: str = "ABCD") -> list[str]:
        return [f"{candidate},A,{n},{mark}" for n, mark in enumerate(marks, 1)]

    shuffled = [*group("0001"), *group("0002", "DCBA")]
    return {
        "string.csv": lines("candidate_id,form,answers", "0001,A,ABCD", "0002,B, C-.", '0003,A,"กขคง"', "0004,A,๑2３d").encode(),
        "string-lengths.csv": lines(
            "candidate_id,form,answers", "0001,A,ABC", "0002,A,ABCDA", "0003,A,", '0004,A,"A,B,C,D"', "0005,A,A B C D",
            "0006,A,1.23E+39", "0007,A,1234.0", "0008,A,1234",
        ).encode(),
        "string-cp874.txt": lines(
            "รหัสผู้สอบ\tชุด\tคำตอบ", "0001\tA\tกขคง", "0002\tB\tงค-ก", "0003\tA\tกข\x81ง".replace("\x81", "ค"), end="\r\n"
        ).encode("cp874"),
        "string-damaged.csv": "candidate_id;form;answers;ชื่อ\n0001;A;ABCD;สมชาย\n0002;A;AB;x\n0003;A;\"ABCD;y\n0004;A\n".encode()
        + b"0005;A;AB\xffD;z\n0006;A;ABCD;a;b\ncandidate_id;form;answers;\xe0\xb8\x8a\xe0\xb8\xb7\xe0\xb9\x88\xe0\xb8\xad\n"
        + "รวม;;;\n0007;B;DCBA;ปู่\n".encode(),
        "string-as-number.csv": lines("candidate_id,form,answers", '0001,A,="1234"', "0002,A,1.234E+03", "0003,A,'1234").encode(),
        "long.csv": lines(LONG, *shuffled[::2], *shuffled[1::2]).encode(),
        "long-thai-semicolon.csv": ("เลขที่สอบ;ชุด;ข้อที่;คำตอบ\r\n" + lines(*group("ก-01", "กขคง"), end="\r\n").replace(",", ";")).encode("cp874"),
        "long-utf16.txt": codecs.BOM_UTF16_LE + lines(LONG, *shuffled, end="\r\n").replace(",", "\t").encode("utf-16-le"),
        "long-questions.csv": lines(
            LONG, *group("0001")[:3], *group("0002"), "0002,A,4,D", *group("0003"), "0003,A,5,A", *group("0004"), "0004,A,ข้อ x,A",
            *group("0005"),
        ).encode(),
        "long-damaged.csv": lines(
            LONG, *group("0001"), "0002,A,1,A", '0002,A,2,"B', "0002,A,3,C", "0002,A,4,D", "0003,A,1", ",A,1,A", LONG, "รวม,,,8",
            *group("0004"), "1.1E+12,A,1,A", "1.1E+12,A,2,B", "0005,Z,1,A",
        ).encode() + b"0006,A,1,\xff\n",
        "long-cut.csv": lines(LONG, *group("0001"), *group("0002")).encode()[:-6],
        "long-repeated.csv": lines(LONG, *shuffled, *group("0001"), *group("0002", "DCBB")).encode(),
    }  # fmt: skip


def foreign() -> Files:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as packed:
        packed.writestr(zipfile.ZipInfo("answers.csv"), lines(HEAD, *ROWS))
    table = "".join(f"<td>{cell}</td>" for cell in HEAD.split(","))
    return {
        "zip.csv": archive.getvalue(),
        "pdf.csv": b"%PDF-1.4\n1 0 obj\n<< /Type /Catalog >>\nendobj\ntrailer\n<< /Root 1 0 R >>\n%%EOF\n",
        "png.csv": b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\1\0\0\0\1\x08\0\0\0\0:~\x9bU",
        "jpeg.csv": b"\xff\xd8\xff\xe0\0\x10JFIF\0\1\1\0\0\1\0\1\0\0",
        "xls.csv": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504),
        "rtf.csv": rb"{\rtf1\ansi candidate_id,form,Q1,Q2,Q3,Q4\par}",
        "web-page.xls": f"<html><meta charset=utf-8><table><tr>{table}</tr></table></html>".encode(),
        "xml-spreadsheet.xls": b'<?xml version="1.0"?>\n<Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet"/>\n',
        "json.csv": b'[{"candidate_id": "0001", "form": "A", "Q1": "A", "Q2": "B", "Q3": "C", "Q4": "D"}]\n',
        "program.csv": b"\x7fELF\x02\x01\x01" + bytes(9) + bytes(range(256)),
        "all-bytes.csv": bytes(range(256)) * 4,
    }


def saved(book: openpyxl.Workbook) -> bytes:
    data = io.BytesIO()
    book.save(data)
    return data.getvalue()


def sheet_of(rows: list[list[Any]]) -> openpyxl.Workbook:
    book = openpyxl.Workbook()
    for row in rows:
        book.worksheets[0].append(row)
    return book


def workbooks() -> Files:
    head = HEAD.split(",")
    typed = sheet_of(
        [
            [*head, "วันที่"],
            [1100700000014, "A", 1, 2.0, "ค", " d ", datetime.date(2026, 11, 20)],
            [42, "B", None, "-", 4, True, "x"],
            ["007", "A", "A,C", "ก", 2.5, datetime.datetime(2026, 1, 2), None],
            [datetime.datetime(2026, 1, 7), "A", "A", "B", "C", "D", None],
            [12345678901234567890, "A", "A", "B", "C", "D", None],
            [None, "A", "A", "B", "C", "D", None],
            ["รวม", None, 4, 4, 4, 4, None],
        ]
    )
    typed.worksheets[0]["A3"].number_format = "00000"
    formula = sheet_of([head, ["0001", "A", "A", "=C2", "C", "D"]])
    titled = sheet_of([["ผลการสอบ"], [], head, ["0001", "A", "A", "B", "C", "D"]])
    two = sheet_of([head, ["0001", "A", "A", "B", "C", "D"]])
    two.create_sheet("ห้อง 2").append(head)
    two.worksheets[1].append(["0002", "A", "A", "B", "C", "D"])
    notes = sheet_of([["คำชี้แจง"], ["ส่งภายในวันศุกร์"]])
    for row in (head, ["0001", "A", "A", "B", "C", "D"], [], ["0002", "B", "D", "C", "B", "A", None, " "],
                ["0003", "A", "A", "B", "C", "D", None, "x"], ["0004", "A", "A"]):  # fmt: skip
        notes.create_sheet("คำตอบ") if len(notes.worksheets) == 1 else None
        notes.worksheets[1].append(row)
    good = saved(sheet_of([head, ["0001", "A", "A", "B", "C", "D"]]))
    return {
        "typed-cells.xlsx": saved(typed),
        "formula-without-value.xlsx": saved(formula),
        "title-above.xlsx": saved(titled),
        "two-sheets.xlsx": saved(two),
        "sheet-of-notes.xlsx": saved(notes),
        "empty.xlsx": saved(openpyxl.Workbook()),
        "workbook-cut.xlsx": good[: len(good) * 2 // 3],
        "workbook.csv": good,
        "formulas-and-rich-text.xlsx": hand_made(),
    }


def hand_made() -> bytes:
    """A workbook as programs other than Excel write it: texts inline, formulas with values, errors."""
    rows = [
        "".join(f'<c t="inlineStr"><is><t>{name}</t></is></c>' for name in HEAD.split(",")),
        '<c t="s"><v>0</v></c><c t="str"><f>"A"</f><v>A</v></c><c t="s"><v>1</v></c><c t="str"><f>A1</f><v></v></c>'
        "<c><f>1+2</f><v>3</v></c><c><v>4.0</v></c>",
        '<c t="e"><f>VLOOKUP(1,A:A,1)</f><v>#N/A</v></c><c t="s"><v>2</v></c><c/><c/><c/><c/>',
        '<c t="inlineStr"><is><t>0003</t></is></c><c t="s"><v>2</v></c><c t="e"><v>#REF!</v></c><c t="b"><v>1</v></c>'
        '<c t="inlineStr"><is><t xml:space="preserve"> C </t></is></c><c t="s"><v>1</v></c>',
    ]
    sheet = "".join(f"<row>{row}</row>" for row in rows)
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    relations = "http://schemas.openxmlformats.org/package/2006/relationships"
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    kinds = "application/vnd.openxmlformats-officedocument.spreadsheetml"
    parts = {
        "[Content_Types].xml": '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{kinds}.sheet.main+xml"/>'
        f'<Override PartName="/xl/sharedStrings.xml" ContentType="{kinds}.sharedStrings+xml"/>'
        f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{kinds}.worksheet+xml"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{relations}"><Relationship Id="rId1" '
        f'Type="{office}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{main}" xmlns:r="{office}"><sheets>'
        '<sheet name="Sheet1" sheetId="1" r:id="rId1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{relations}">'
        f'<Relationship Id="rId1" Type="{office}/worksheet" Target="worksheets/sheet1.xml"/>'
        f'<Relationship Id="rId2" Type="{office}/sharedStrings" Target="sharedStrings.xml"/></Relationships>',
        "xl/sharedStrings.xml": f'<sst xmlns="{main}"><si><r><t>00</t></r><r><rPr><b/></rPr><t>01</t></r></si>'
        "<si><t>B</t></si><si><t>A</t></si></sst>",
        "xl/worksheets/sheet1.xml": f'<worksheet xmlns="{main}"><sheetData>{sheet}</sheetData></worksheet>',
    }  # fmt: skip
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(zipfile.ZipInfo(name), '<?xml version="1.0" encoding="UTF-8"?>' + content)
    return data.getvalue()


def parquet(frame: pl.DataFrame) -> bytes:
    data = io.BytesIO()
    frame.write_parquet(data)
    return data.getvalue()


def parquet_files() -> Files:
    odd = pl.DataFrame(
        {
            "candidate_id": [1100700000014, 7, None, 10**15],
            "form": pl.Series(["A", "B", "A", "A"], dtype=pl.Categorical),
            "Q1": [1.0, float("nan"), 3.0, 4.5],
            "Q2": pl.Series(["ข", None, "B", "B"]),
            "Q3": pl.Series([3, None, 1, 1], dtype=pl.Int8),
            "Q4": pl.Series([Decimal("4.0"), None, Decimal(1), Decimal(2)], dtype=pl.Decimal(5, 1)),
            "sat": [datetime.date(2026, 11, 20), None, None, None],
            "seat": [[1, 2], [], None, [3]],
            "taken": [datetime.timedelta(minutes=55), None, None, None],
            "photo": [b"\x00\xff", None, None, None],
        }
    )
    floats = pl.DataFrame(
        {"candidate_id": [7.0, 1.1e12, 8.5], "form": ["A"] * 3, "answers": ["ABCD", "DCBA", "AB"]}
    )
    truth = pl.DataFrame({"candidate_id": ["1"], "form": ["A"], **{f"Q{n}": [True] for n in range(1, 5)}})
    whole = parquet(odd)
    return {
        "odd-types.parquet": whole,
        "float-ids.parquet": parquet(floats),
        "truth-values.parquet": parquet(truth),
        "parquet-cut.parquet": whole[: len(whole) // 2],
        "no-rows.parquet": parquet(odd.clear()),
    }


MAKERS = (
    encodings, delimiters, quotes, headers, spreadsheet_texts, cut_off, odd_bytes, candidates, other_structures,
    foreign, workbooks, parquet_files,
)  # fmt: skip


def libreoffice(soffice: str) -> None:
    """What LibreOffice 7.4 saves where a Thai centre opens a CSV, lets it guess the cells, and saves it."""
    thai = lines(*THAI, "007,B,1,2,3,4,ศูนย์นำ", "1100700000014,A,1,2,3,4,สิบสามหลัก", "1-2,A,A,B,C,D,วันที่")
    text = "Text - txt - csv (StarCalc)"
    kinds = {
        "libreoffice.xlsx": "xlsx:Calc MS Excel 2007 XML",
        "libreoffice-cp874-semicolon.csv": f"csv:{text}:59,34,32,1,,1054,true,true,false",
        "libreoffice-utf16-tab.csv": f"csv:{text}:9,34,65535,1,,1054,false,true,false",
        "libreoffice-as-shown.csv": f"csv:{text}:44,34,76,1,,1031,false,true,false",
        "libreoffice-ods.csv": "ods",
        "libreoffice-flat.csv": "fods",
        "libreoffice-xls.csv": "xls:MS Excel 97",
    }
    with tempfile.TemporaryDirectory() as name:
        source = Path(name) / "source.csv"
        source.write_text(thai)
        for target, kind in kinds.items():
            ask = [soffice, "--headless", "--infilter=CSV:44,34,76,1,,1054,false,true", "--convert-to", kind]
            subprocess.run([*ask, "--outdir", name + "/out", str(source)], check=True)
            made = Path(name) / "out" / f"source.{kind.split(':')[0]}"
            (HERE / target).write_bytes(made.read_bytes())


def main() -> None:
    if sys.argv[1:2] == ["--libreoffice"]:
        libreoffice(sys.argv[2])
        return
    for make in MAKERS:
        for name, data in make().items():
            (HERE / name).write_bytes(data)


if __name__ == "__main__":
    main()
