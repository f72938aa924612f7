"""Whether two names are one person's: look-alikes are one, near ones are asked about, others stay apart."""

from __future__ import annotations

from itertools import combinations

import pytest

from examgen.core.person_names import near_names, persons_in, same_person

ALIKE = {
    "a Cyrillic letter": ("Somchai", "S\u043emchai"),
    "Cyrillic capitals": ("SOMCHAI", "S\u041eM\u0421H\u0410I"),
    "a Greek letter": ("Somchai Jaidee", "Somch\u03b1i Jaidee"),
    "a lunate sigma": ("Somchai", "Som\u03f2hai"),
    "a dotless i": ("Malin", "Mal\u0131n"),
    "wide letters": ("Somchai", "Ｓｏｍｃｈａｉ"),
    "a capital I for an l": ("Mali Suk", "MaIi Suk"),
    "a digit for an l": ("Mali Suk", "Ma1i Suk"),
    "a selector that prints nothing": ("Somchai", "Som\ufe0fchai"),
    "a filler that prints nothing": ("มาลี สุข", "มา\u3164ลี สุข"),
    "a joiner in a title": ("สมชาย ใจดี", "นา\u200bยสมชาย ใจดี"),
    "the tone before the vowel": ("ก\u0e35\u0e49 ใจดี", "ก\u0e49\u0e35 ใจดี"),
    "a mark typed twice": ("ก\u0e35\u0e49 ใจดี", "ก\u0e35\u0e49\u0e49 ใจดี"),
    "the tone behind SARA AM": ("น\u0e49\u0e33 ใจดี", "น\u0e33\u0e49 ใจดี"),
    "a letter that is no longer used": ("ขจร ใจดี", "ฃจร ใจดี"),
    "a Lao letter": ("บุญ ใจดี", "ບุญ ใจดี"),
    "the words in another order": ("Somchai Jaidee", "Jaidee Somchai"),
    "the words in another order, with title": ("นายสมชาย ใจดี", "ใจดี นายสมชาย"),
    "the other order without a blank": ("สมชาย ใจดี", "ใจดีสมชาย"),
    "a plus": ("สมชาย ใจดี + มาลี", "มาลี"),
    "a plus without blanks": ("สมชาย+มาลี สุข", "มาลี สุข"),
    "and without blanks": ("สมชายและมาลี สุข", "มาลี สุข"),
    "with": ("สมชาย กับ มาลี", "มาลี"),
    "a wide comma": ("สมชาย，มาลี", "มาลี"),
    "a stroke": ("สมชาย/มาลี", "มาลี"),
    "an ampersand": ("Somchai & Malee", "malee"),
    "AND": ("Somchai AND Malee", "malee"),
}


@pytest.mark.parametrize("kind", ALIKE)
def test_what_looks_alike_is_one_person(kind: str) -> None:
    one, other = ALIKE[kind]
    assert same_person(one, other)
    assert same_person(other, one)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("มาลี", "มาลี สุขใจ"),
        ("S. Jaidee", "Somchai Jaidee"),
        ("Jaidee S.", "Somchai Jaidee"),
        ("S.Jaidee", "Somchai Jaidee"),
        ("ส. ใจดี", "สมชาย ใจดี"),
        ("Somchai Jaidee", "Somchay Jaidee"),
        ("Somchai Jaidee", "Somcahi Jaidee"),
        ("Somchai Jaidee", "Somchai Jaide"),
        ("Bernard Suk", "Bemard Suk"),
        ("สมชาย ใจดี", "สมซาย ใจดี"),
        ("สมชาย ใจดี (a)", "สมชาย ใจดี (b)"),
        ("มาลี สุข", "สมชาย ใจดี (มาลี สุข)"),
    ],
)
def test_near_names_are_asked_about_and_are_not_one_in_silence(one: str, other: str) -> None:
    assert not same_person(one, other)
    assert near_names(one, other)
    assert near_names(other, one)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("สมชาย ใจดี", "สมชาย ใจดำ"),
        ("สมชาย ใจดี", "สมหญิง ใจดี"),
        ("สมชาย ใจดี", "สมชาย รักดี"),
        ("Somchai Jaidee", "Somsak Jaidee"),
        ("Ian Lee", "Lan Lee"),
        ("Arn Suk", "Am Lek"),
        ("กรรมการ 1", "กรรมการ 2"),
        ("Assessor 11", "Assessor 12"),
        ("S. Jaidee", "Malee Jaidee"),
        ("ดวง ดี", "ตวง ดี"),
    ],
)
def test_different_persons_stay_apart(one: str, other: str) -> None:
    assert not same_person(one, other)
    assert not near_names(one, other)


def test_common_names_are_all_different_persons() -> None:
    given = [
        "สมชาย",
        "สมศักดิ์",
        "สมหญิง",
        "สมศรี",
        "สมพร",
        "ประเสริฐ",
        "วิชัย",
        "วิชิต",
        "มาลี",
        "มาลัย",
        "อรุณ",
        "อรุณี",
        "สุดา",
        "สุดใจ",
        "พรทิพย์",
        "พรพิมล",
    ]
    family = [
        "ใจดี",
        "ใจดำ",
        "ใจงาม",
        "สุขใจ",
        "สุขสม",
        "ทองดี",
        "ทองคำ",
        "แก้วใส",
        "แก้วดี",
        "รักดี",
        "ศรีสุข",
        "บุญมา",
        "บุญมี",
    ]
    names = [f"{one} {other}" for one in given for other in family]
    assert [(a, b) for a, b in combinations(names, 2) if same_person(a, b)] == []


def test_each_person_of_a_text_is_named() -> None:
    assert persons_in("สมชาย ใจดี + มาลี") == ("สมชาย ใจดี", "มาลี")
    assert persons_in("สมชาย，มาลี") == ("สมชาย", "มาลี")
    assert persons_in("a+b@example.org") == ("a+b@example.org",)
    assert persons_in("คณะกรรมการ (b+c)") == ("คณะกรรมการ (b+c)",)
