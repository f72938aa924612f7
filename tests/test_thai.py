"""The order of names: Thai as in the Royal Institute's dictionary, numbers by their value; short dates."""

from __future__ import annotations

import random
from datetime import date as Day

import pytest

from examgen.core.text.thai import dictionary_order, short_date_en, short_date_th


@pytest.mark.parametrize(
    "ordered",
    [
        # leading vowels count after their consonant
        "กรุงเทพมหานคร ขอนแก่น เชียงใหม่ ปลา เป็ด โพธิ์ มะม่วง ไม้ หาดใหญ่ อุบลราชธานี",
        # vowels in the order of the dictionary: ะ ั า ำ ิ ี ึ ื ุ ู เ แ โ ใ ไ
        "กง กะ กัง กา กำ กิ กี กึ กือ กุ กู เก แก โก ใก ไก",
        # marks count where all else is alike, wherever they stand
        "กา ก่า ก้า ก๊า ก๋า กาก ก้าง ขา",
        "เกง เก็ง เก่ง เก้ง เก๋ง",
        "ฤดู ลม ฦๅ วัน",
    ],
)
def test_names_stand_as_in_the_dictionary(ordered: str) -> None:
    names = ordered.split()
    mixed = random.Random(1).sample(names, len(names))
    assert mixed != names
    assert sorted(mixed, key=dictionary_order) == names


def test_numbers_count_by_their_value() -> None:
    names = ["A2", "a10", "ห้อง ๒", "ห้อง 10", "ห้อง 101"]
    assert sorted(["ห้อง 101", "a10", "ห้อง 10", "A2", "ห้อง ๒"], key=dictionary_order) == names


def test_short_dates_of_every_month() -> None:
    days = [Day(2026, month, 9) for month in range(1, 13)]
    thai = "ม.ค. ก.พ. มี.ค. เม.ย. พ.ค. มิ.ย. ก.ค. ส.ค. ก.ย. ต.ค. พ.ย. ธ.ค."
    assert [short_date_th(day) for day in days] == [f"9 {month} 2569" for month in thai.split()]
    assert [short_date_en(day) for day in days] == [f"9 {day:%b} 2026" for day in days]
