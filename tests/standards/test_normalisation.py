"""However a page was saved, it reads as the same unit."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from examgen.bank.standards.reading import read_unit
from tests.effort import examples

EXAMPLE = Path(__file__).parents[2] / "examgen" / "data" / "example-unit.txt"
PAGE = EXAMPLE.read_text(encoding="utf-8")
ENCODINGS = ("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32")
LINE_ENDS = ("\n", "\r\n", "\r", "\u2028")
ZERO_WIDTH = "\u200b\u200c\u200d\u2060\ufeff"


def unit_of(data: bytes, name: str = "page.txt") -> dict:
    reading = read_unit(data, name).unit.reading()
    reading["warnings"] = [warning["kind"] for warning in reading["warnings"]]
    return reading


EXPECTED = unit_of(PAGE.encode())


@settings(max_examples=examples(40), deadline=None)
@given(
    st.sampled_from(ENCODINGS),
    st.sampled_from(LINE_ENDS),
    st.lists(st.tuples(st.integers(0, len(PAGE)), st.sampled_from(ZERO_WIDTH)), max_size=60),
    st.sets(st.integers(0, PAGE.count(" ") - 1), max_size=80),
)
def test_encoding_line_ends_and_invisible_characters_change_nothing(encoding, line_end, inserted, hard):
    spaces = [i for i, letter in enumerate(PAGE) if letter == " "]
    letters = list(PAGE)
    for which in hard:
        letters[spaces[which]] = "\u00a0"
    for at, mark in sorted(inserted, reverse=True):
        letters.insert(at, mark)
    assert unit_of("".join(letters).replace("\n", line_end).encode(encoding)) == EXPECTED


@pytest.mark.parametrize("line_end", LINE_ENDS[:3])
def test_the_thai_code_page_of_windows(line_end):
    assert unit_of(PAGE.replace("\n", line_end).encode("cp874")) == EXPECTED


@pytest.mark.parametrize(
    "written", ["น\u0e4d\u0e49า", "น\u0e49\u0e4dา", "น\u0e33\u0e49", "น\u0e4d\u200b\u0e49า"]
)
def test_sara_am_is_composed_however_it_is_written(written):
    page = PAGE.replace("ทางบกและทางน้ำ", "").replace("ทักษะการเล่าเรื่อง", f"ทักษะการพายเรือใน{written}")
    assert unit_of(page.encode())["skills"][0].startswith("ทักษะการพายเรือในน้ำ")


@pytest.mark.parametrize(
    ("name", "wrap"),
    [
        ("page.html", lambda page: f"<!DOCTYPE html><html><body><pre>{page}</pre></body></html>"),
        ("page.htm", lambda page: "<html><body>" + page.replace("\n", "<br>\n") + "</body></html>"),
        (
            "page",
            lambda page: (
                "<html><head><script>var x = '1. รหัสหน่วยสมรรถนะ Q-1';</script></head><body>"
                + "".join(f"<p>{line}</p>" for line in page.split("\n"))
                + "</body></html>"
            ),
        ),
    ],
)
def test_a_web_page_of_the_same_text(name, wrap):
    assert unit_of(wrap(PAGE.replace("&", "&amp;")).encode(), name) == EXPECTED


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "empty"),
        (b" \n\t", "white space"),
        (b"%PDF-1.4 ...", "PDF"),
        (b"PK\x03\x04rest", "Office"),
        (bytes(range(256)) * 8, "binary"),
        (b"\x89PNG\r\n\x1a\n", "PNG"),
        ("หน่วยสมรรถนะ".encode() + b"\xff" + "เสีย".encode() * 3, "damaged"),
        (b"\xa1\xdb\xdc\xa2" * 9, "CP874"),
        ("ใบสั่งซื้อกาแฟ".encode(), "not a unit of competency"),
    ],
)
def test_what_is_no_page_is_refused_with_what_it_was(data, reason):
    unit = read_unit(data, "thing.txt").unit
    assert unit.error is not None
    assert unit.error.kind == "not_a_unit"
    assert reason in unit.error.message
