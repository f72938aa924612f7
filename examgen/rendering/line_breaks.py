"""Plain text → HTML with line breaks only where they are correct in Thai.

Pango breaks between words by libthai's dictionary. It needs help in four places, because it may end a line
after an opening “ before Thai, before ๆ after a space, between a number and what it counts or names, and
inside a word that the dictionary does not know or takes for two.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from markupsafe import Markup, escape

from examgen.core.files import read_input
from examgen.core.problems import Refused

SetLine = Callable[[str], Markup]

WORDS_FILE = "unbroken-words.txt"

# an empty inline box is a place where WeasyPrint breaks no line; a no-break space alone does not keep
# Thai and a number together, since Pango breaks where Thai begins and ends, and at the end of a box
# it hangs over the edge, so that the box is not parted where it should be
NO_BREAK = "<span></span>"
_TIE = f"{NO_BREAK}\u00a0{NO_BREAK}"
_THAI = "[ก-ฮเ-ไ]"
_OPENING = re.compile(f"([“‘«])(?={_THAI})")
_REPEATED = re.compile(" (?=[ๆฯ])")
_RANGE = re.compile("(?<=[0-9๐-๙])–(?=[0-9๐-๙])")

# things that an empty box can join: a word in its box, a number, a letter with its signs, an entity, a mark
_BOX = re.compile('<span class="unbroken">([^<]*)</span>')
_THING = rf"(?:{_BOX.pattern}|[0-9๐-๙][0-9๐-๙.,:/–-]*|[เ-ไ]?[ก-ฮ][ะ-ฺๅ็-๎]*|&[a-z0-9#]+;|[^<>;])"
_JOINED = re.compile(rf"{_THING}(?:{NO_BREAK}{_THING})+")

_UNBOXED = re.compile(rf"{_BOX.pattern.replace('(', '(?:')}|<[^>]*>|([ก-ฺเ-๎]+)")

# words that a following number identifies: in ห้อง 1203 a line may end after the number, never before it
_NAMES = (
    "ห้อง|ชั้น|อาคาร|ตึก|บ้าน|ซอย|หมู่|ที่|ข้อ|(?<!ล่วง)หน้า|บท|ตอน|มาตรา|ระดับ|ลำดับ|อันดับ|ขั้น|ชุด|กลุ่ม|แบบ|รุ่น|รหัส|หมายเลข|เบอร์"
    r"|ลิฟต์|ประตู|ช่อง|ไตรมาส|ปี|พ\.ศ\.|ค\.ศ\.|มอก\.|ร้อยละ|กรม|หน่วยงาน|บริษัท|ฝ่าย|นาย|นาง|ISO|IEC|ITIL"
)
_UNITS = (
    r"น\.|วินาที|นาที|ชั่วโมง|วัน|สัปดาห์|เดือน|ปี|บาท|คน|ครั้ง"
    "|มกราคม|กุมภาพันธ์|มีนาคม|เมษายน|พฤษภาคม|มิถุนายน|กรกฎาคม|สิงหาคม|กันยายน|ตุลาคม|พฤศจิกายน|ธันวาคม"
    r"|[มกพสตธ]\.[คพย]\.|มี\.ค\.|เม\.ย\.|มิ\.ย\."
)
_NAMED = re.compile(rf"({_NAMES}) (?=[0-9๐-๙]|[A-Z][0-9]*(?![A-Za-z])|[ก-ฮ]\.(?![ก-ฮ]))")
_MEASURED = re.compile(rf"(?<=[0-9๐-๙])(?: (?={_UNITS})|[ \u00a0](?=%))")
_COUNTED = re.compile(rf"(?<![>A-Za-z0-9๐-๙.,:/–-])([0-9๐-๙](?:[0-9๐-๙.,:/–-]*[0-9๐-๙])?) (?={_THAI})")


_IN_BROWSERS = frozenset(("ไกล่เกลี่ย", "ร้องเรียน", "ขัดแย้ง", "คณะกรรมการ"))
"""Words that libthai knows but that the dictionary of browsers (ICU) splits in two."""


def line_setter(templates: Sequence[Path], *, browsers: bool = False, as_printed: bool = False) -> SetLine:
    """Return a function that prepares a text for the line breaker, with the unbroken words of all these
    folders.

    For `browsers`, which break within an empty box, text that must stay together is put in a box. Their
    dictionary differs from that of print, so `as_printed` also puts each printed word in a box.
    """
    words = unbroken_words(templates) | (_IN_BROWSERS if browsers else frozenset())
    return _line_setter(words, browsers, as_printed)


class _LineSetter:
    """A function that prepares texts; another process recreates it from its words."""

    def __init__(self, unbroken: frozenset[str], browsers: bool, as_printed: bool) -> None:
        self._given = unbroken, browsers, as_printed
        self._words = {word.replace("+", ""): word for word in sorted(unbroken)}
        # a longer word first, so that it is not taken for the shorter one that it begins with; a word that
        # ends with a plus is kept together with what follows
        self._known = re.compile(
            "|".join(
                re.escape(plain) + (f"(?={_THAI})" if self._words[plain].endswith("+") else "")
                for plain in sorted(
                    self._words, key=lambda plain: (-len(self._words[plain]), self._words[plain])
                )
            )
        )

    def __call__(self, text: str) -> Markup:
        html = _REPEATED.sub("\u00a0", str(escape(text)))
        # numbers kept together with their words: ห้อง 1203, 40 นาที, 18.20 น., 30 มิถุนายน, 1–2 คืน
        for loose in (_NAMED, _COUNTED):
            html = loose.sub(rf"\1{_TIE}", html)
        html = _RANGE.sub(f"–{NO_BREAK}", _MEASURED.sub(_TIE, html))
        html = _OPENING.sub(rf"\1{NO_BREAK}", html)
        if self._words:
            html = self._known.sub(self._one_word, html)
        if self._given[1]:
            # in browsers a no-break space is enough; other things that empty boxes join are put in one box
            html = html.replace(_TIE, "\u00a0")
            html = _JOINED.sub(lambda found: _box(_BOX.sub(r"\1", found[0].replace(NO_BREAK, ""))), html)
        if self._given[2]:
            html = _UNBOXED.sub(_printed, html)
        return Markup(html)

    def _one_word(self, found: re.Match[str]) -> str:
        """Return a known word, protected against line breaks."""
        word = self._words[found[0]]
        if self._given[1]:
            return _box(found[0]) + (NO_BREAK if word.endswith("+") else "")
        # a word in one box sticks to its neighbours as well, so known parts are only joined: หน่วย+งาน
        return word.replace("+", NO_BREAK) if "+" in word else _box(word)

    def __reduce__(self) -> tuple[Any, ...]:
        return _line_setter, self._given


@cache
def _line_setter(unbroken: frozenset[str], browsers: bool, as_printed: bool) -> SetLine:
    return _LineSetter(unbroken, browsers, as_printed)


def _printed(found: re.Match[str]) -> str:
    """Return Thai text outside boxes with each word of it in a box."""
    from examgen.rendering.pdf.thai_words import (
        thai_words,
    )  # the printing engine is only loaded when it is needed

    return "<wbr>".join(map(_box, thai_words(found[1]))) if found[1] else found[0]


def _box(text: str) -> str:
    return f'<span class="unbroken">{text}</span>'


def unbroken_words(templates: Sequence[Path]) -> frozenset[str]:
    """Return the words of every `unbroken-words.txt` in these folders."""
    words: set[str] = set()
    for folder in templates:
        path = folder / WORDS_FILE
        if path.is_file():
            try:
                lines = read_input(path).decode("utf-8-sig").splitlines()
            except UnicodeDecodeError:
                raise Refused.because("{path} is not UTF-8 text. Save it as UTF-8.", path=path) from None
            words.update(line.strip() for line in lines if line.strip() and not line.startswith("#"))
    return frozenset(words)
