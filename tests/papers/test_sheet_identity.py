"""What the answer sheet says of itself: the text of its QR code, its geometry's version, check digits."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from examgen.core.models.papers import CandidateNumber, PapersRule, thai_id_check_digit
from examgen.papers.sheet.identity import PageIdentity, identity_text, sheet_geometry
from examgen.rendering.symbols import qr_code
from tests.effort import examples
from tests.papers.pages import exam, item
from tests.papers.test_sheet_printing import read_identity

WORDS = st.text(st.characters(codec="utf-8"), max_size=12)


@pytest.mark.long("every pair of identities; sheets are read back in each test of scanning")
@settings(max_examples=examples(40))
@given(WORDS.filter(bool), WORDS, WORDS, st.integers(1, 5))
def test_the_identity_can_be_taken_apart_again(exam: str, serial: str, candidate: str, page: int) -> None:
    text = identity_text(PageIdentity(exam, serial, candidate, page, 5, "1-3F9A"))
    told = read_identity(text)
    # a candidate whose number would make the code too fine is left out
    assert told in [(exam, serial, who, f"{page}/5", "1-3F9A") for who in (candidate, "")]
    assert text.isascii()


def test_an_identity_is_spelt_as_documented() -> None:
    text = identity_text(PageIdentity("ASM-REE-5-059ZB-L4", "000123", "1234545678781", 1, 2, "1-3F9A"))
    assert text == "EG1:ASM-REE-5-059ZB-L4:000123:1234545678781:1/2:1-3F9A:CE8B9BA4"


def test_the_code_stays_coarse_enough_to_scan_where_a_serial_names_the_sheet() -> None:
    for candidate in ("7", "1234545678781", "ผู้เข้าสอบ-000000000000000000000000001", "x" * 300):
        text = identity_text(PageIdentity("ASM-REE-5-059ZB-L4", "R-201-000123", candidate, 1, 1, "1-3F9A"))
        assert len(qr_code(text)) <= 45


def test_without_a_serial_the_candidate_is_kept() -> None:
    assert "x" * 200 in identity_text(PageIdentity("E", "", "x" * 200, 1, 1, "1-0000"))


def version(n_items: int = 10, forms: tuple[str, ...] = ("A",), **papers: Any) -> str:
    items = [item(n) for n in range(1, n_items + 1)]
    told = sheet_geometry(exam(items, forms=forms), PapersRule.model_validate(papers))
    return str(told["geometry"])


def test_the_version_tells_sheets_apart_that_are_read_otherwise() -> None:
    versions = [
        version(),
        version(n_items=11),
        version(forms=("A", "B")),
        version(size="Letter"),
        version(candidate_number={"length": 12}),
        version(candidate_number={"length": 13, "letters": [1]}),
    ]
    assert len(set(versions)) == len(versions)
    assert version() == version(size="A5") == version(text="large")


def test_the_geometry_is_plain_json_and_holds_nothing_secret() -> None:
    told = sheet_geometry(exam([item(n) for n in range(1, 4)]), PapersRule())
    assert json.loads(json.dumps(told)) == told
    assert "E1.01" not in json.dumps(told)
    assert (told["schema"], told["version"], told["units"]) == ("examgen-sheet", 1, "mm")


def test_the_fields_are_those_that_the_documentation_lists(root: Any) -> None:
    text = (root / "docs" / "papers.md").read_text("utf-8").split("## sheet.json")[1]
    told = sheet_geometry(exam([item(1)]), PapersRule())
    page = told["pages"][0]
    parts = [told, told["paper"], told["bubble"], told["candidate_number"], page, page["qr"]]
    parts += [found for kind in ("corners", "timing", "patches", "areas", "bubbles") for found in page[kind]]
    for name in {name for part in parts for name in part}:
        assert f"`{name}`" in text, name


# ── numbers ──────────────────────────────────────────────────────────────────────────────────


@given(st.text("0123456789", min_size=12, max_size=12), st.integers(0, 11), st.integers(1, 9))
def test_one_wrong_digit_is_noticed_where_the_rule_can(digits: str, place: int, shift: int) -> None:
    right = digits + str(thai_id_check_digit(digits))
    wrong = f"{right[:place]}{(int(right[place]) + shift) % 10}{right[place + 1 :]}"
    rule = CandidateNumber(check="thai_id")
    assert rule.fault(right) is None
    # the third digit is weighed 11, and sums that leave 0 and 10 share a check digit
    unseen = place == 2 or {remainder(right), remainder(wrong)} == {0, 10}
    assert (rule.fault(wrong) is None) == unseen


def remainder(number: str) -> int:
    return sum((13 - i) * int(digit) for i, digit in enumerate(number[:12])) % 11


NATIONAL, LETTERED = CandidateNumber(check="thai_id"), CandidateNumber(length=4, letters=(1, 3))


@pytest.mark.parametrize(
    ("rule", "number", "words"),
    [
        # examples of the packages stdnum (Python, JavaScript) and thai_id_utils (Ruby)
        *((NATIONAL, known, "None") for known in ("1234545678781", "3100600445635", "1112034563562", "3012304567082")),
        (NATIONAL, "1101700230705", "the last digit after"),
        (NATIONAL, "1234545678789", "must be 1"),
        (NATIONAL, "12345", "has 5 characters"),
        (NATIONAL, "123454567878x", "has 'x' in position 13"),
        (NATIONAL, "๑234545678781", "has '๑' in position 1"),
        (LETTERED, "A1B2", "None"),
        (LETTERED, "11B2", "a letter A–Z"),
        (LETTERED, "a1B2", "a letter A–Z"),
        (LETTERED, "AAB2", "a digit 0–9"),
    ],
)  # fmt: skip
def test_a_number_that_cannot_be_marked_says_why(rule: CandidateNumber, number: str, words: str) -> None:
    assert words in str(rule.fault(number))
