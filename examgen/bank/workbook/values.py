"""Converts text typed into a cell to the value of a field; `ValueError` states what to write instead."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from examgen.bank.workbook.columns import both
from examgen.bank.workbook.texts import clean, folded, plain_digits, spelled
from examgen.core.models.field_types import CATEGORY_WORDS, STATUS_WORDS
from examgen.core.models.item import DECIDED_BY_WORDS
from examgen.core.models.standard import Unit
from examgen.core.text.characters import THAI_LETTERS, turned
from examgen.core.words import Message, either, tell
from examgen.core.yamlfile import nearest, suggestion

_OFFERED = str.maketrans(THAI_LETTERS, "abcde")
_LOOKALIKES = str.maketrans("oil", "011")
_WORDS: Mapping[str, Mapping[Any, Message]] = {
    "cognitive": CATEGORY_WORDS,
    "status": STATUS_WORDS,
    "decided_by": DECIDED_BY_WORDS,
}
"""The fields whose cells offer a list of words."""
_ALSO = {
    "remember": "ความจำ จดจำ remembering knowledge",
    "understand": "ความเข้าใจ understanding comprehension",
    "apply": "นำไปใช้ การนำไปใช้ ประยุกต์ การประยุกต์ใช้ applying application",
    "analyse": "การวิเคราะห์ analyze analysis analysing",
    "evaluate": "การประเมินค่า ประเมิน ประเมินผล evaluation evaluating",
    "draft": "ฉบับร่าง",
    "review": "ตรวจทาน รอตรวจ พิจารณา",
    "approved": "อนุมัติ ผ่านการอนุมัติ approve",
    "pilot": "ทดลอง นำร่อง",
    "operational": "ใช้งาน ใช้งานจริง",
    "retired": "ยกเลิก เลิก ปลดระวาง retire",
}
"""What people write in place of a word."""
_NONE = frozenset({"", "-", "–", "none", "ไม่มี", "ไม่ระบุ", "[]"})
_IF_NONE = {"enemies": (), "anchored": (), "decided_by": None, "shared_stimulus": None, "family": None}
_LEVEL_WORDS = re.compile(r"ระดับ|levels?|\bl(?=\d)|[\[\]()]")
_RANGE_OF_LEVELS = re.compile(r"(\d)\s*(?:-|–|—|~|ถึง|to)\s*(?=\d)")
_BETWEEN_LEVELS = re.compile(r"[\s,;/|&]+|และ|\band\b")
_KEY_WORDS = re.compile(r"ข้อ|ตัวเลือก|เฉลย|option|choice|answer|[().\[\]]")
_BETWEEN_KEYS = re.compile(r"[\s,;/|&+]+|และ|หรือ|\band\b|\bor\b")
_SECONDS = re.compile(r"([1-9]\d{0,4})(?:\.0+)?\s*(s|sec\.?|seconds?|วินาที|min\.?|minutes?|นาที)?")
_MINUTES = ("min", "นาที")


def value_of(field: str, text: str, unit: Unit) -> Any:
    """Return the value that `text` means for a field; None or () if it is empty."""
    text = clean(text)
    if fault := turned(text):
        raise ValueError(fault)
    if field in _IF_NONE and text.casefold() in _NONE:
        return _IF_NONE[field]
    if field in _WORDS:
        return _named(text, _WORDS[field])
    if field == "pcs":
        return _criteria(text, unit)
    return _READERS[field](text) if field in _READERS else text or None


def same(field: str, one: Any, other: Any) -> bool:
    """Return whether two values of a field are equal; levels, keys and anchored options are compared as
    sets.
    """
    return set(one) == set(other) if field in ("levels", "key", "anchored") else bool(one == other)


def reading(field: str, text: str, value: Any) -> Message | None:
    """Return a message of how a cell was read; None if its text is one that the workbook offers."""
    shown = value
    if field in _WORDS:
        word = _WORDS[field][value] if value else None
        is_plain = folded(text) in ({folded(one) for one in (value, word.th, both(word))} if word else {""})
    elif isinstance(value, dict):
        return None
    elif isinstance(value, int):
        is_plain, shown = text.strip() == str(value), tell("{value} seconds", value=value)
    elif isinstance(value, tuple):
        shown = ", ".join(map(str, value))
        letters = text.translate(_OFFERED) if field in ("key", "anchored") else text
        is_plain = re.split(r"[\s,;]+", letters.strip()) == re.split(r"[\s,;]+", shown.strip())
        shown = shown or tell("nothing")
    else:
        return None if text == (value or "") else tell("was read without invisible spaces and line ends")
    return None if is_plain else tell("{text!r} was read as {value}", text=text, value=shown)


def _criteria(text: str, unit: Unit) -> tuple[str, ...]:
    known = [criterion.code for criterion in unit.criteria]
    if not text:
        raise ValueError(tell("is empty. Choose the criterion that the item measures."))
    if text in known:
        return (text,)
    parts = (part.strip() for part in re.split(r"[,;|\n]", text))
    return tuple(_criterion(part, known, str(unit.code)) for part in parts if part)


def _criterion(written: str, known: list[str], unit: str) -> str:
    loose = re.sub(r"\s+", "", plain_digits(written).casefold())
    codes = {code: re.sub(r"\s+", "", plain_digits(code).casefold()) for code in known}
    alike = [code for code, plain in codes.items() if plain == loose]
    if written in known or len(alike) == 1:
        return written if written in known else alike[0]
    seen = loose.translate(_LOOKALIKES)
    alike = [code for code, plain in codes.items() if plain.translate(_LOOKALIKES) == seen]
    hint = tell(". Did you mean {near}?", near=alike[0]) if len(alike) == 1 else suggestion(written, known)
    raise ValueError(
        tell("{written} is not a criterion of {unit}{hint}", written=written, unit=unit, hint=hint)
    )


def _levels(text: str) -> tuple[int, ...]:
    plain = _LEVEL_WORDS.sub(" ", plain_digits(text).casefold()).strip()
    if plain in _NONE or text == "[]":
        return ()
    levels: list[int] = []
    for part in filter(None, _BETWEEN_LEVELS.split(_RANGE_OF_LEVELS.sub(r"\1-", plain))):
        found = re.fullmatch(r"([1-8])(?:-([1-8]))?", part)
        if not found or (found[2] and found[2] < found[1]):
            raise ValueError(
                tell("{text!r} is not a list of levels. Write them as 3, 4, 5 or 3-5.", text=text)
            )
        levels += range(int(found[1]), int(found[2] or found[1]) + 1)
    return tuple(dict.fromkeys(levels))


def _enemies(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(re.split(r"[\s,;|]+", text.strip(" ,;|"))))


def _options(text: str) -> tuple[str, ...]:
    """Read the letters of options, also as Thai letters and numbers."""
    parts = [part for part in _BETWEEN_KEYS.split(_KEY_WORDS.sub(" ", plain_digits(text).casefold())) if part]
    if not parts:
        raise ValueError(tell("is empty. Give the right option."))
    letters = {sign: "abcde"[n] for signs in (THAI_LETTERS, "12345") for n, sign in enumerate(signs)}
    letters |= {letter: letter for letter in "abcdefghijklmnopqrstuvwxyz"}
    if not all(part in letters for part in parts):
        raise ValueError(
            tell(
                "{text} is not a key. Write a letter, a or {letter}; separate several as a, c.",
                text=spelled(text),
                letter=THAI_LETTERS[0],
            )
        )
    return tuple(dict.fromkeys(letters[part] for part in parts))


def _seconds(text: str) -> int | None:
    """Read a time such as `90`, `90 s` or `2 min`, also in Thai, in seconds."""
    plain = plain_digits(text).casefold()
    if plain in _NONE:
        return None
    found = _SECONDS.fullmatch(plain)
    if not found:
        raise ValueError(tell("{text!r} is not a time. Write whole seconds, for example 90.", text=text))
    return int(found[1]) * (60 if (found[2] or "").startswith(_MINUTES) else 1)


def _waivers(text: str) -> dict[str, str]:
    """Read `rule: reason` on a line each; a line without a rule goes on with the reason before."""
    waived: dict[str, str] = {}
    for line in text.splitlines():
        code, colon, reason = line.partition(":")
        if colon and re.fullmatch(r"[a-z][a-z0-9-]*", code.strip()):
            waived[code.strip()] = reason.strip()
        elif waived:
            waived[next(reversed(waived))] += f"\n{line}"
        elif line.strip():
            raise ValueError(
                tell("{line!r} contains no rule. Write `rule: reason`, one per line.", line=line)
            )
    return waived


def _named(text: str, words: Mapping[Any, Message]) -> str:
    if not text:
        raise ValueError(tell("is empty. Choose one from the list."))
    names: dict[str, str] = {}
    for name, word in words.items():
        forms = (name, word.th, word.th + name, name + word.th, both(word), *_ALSO.get(name, "").split())
        names |= dict.fromkeys(map(folded, forms), name)
    if (found := names.get(folded(text))) is not None:
        return found
    near = dict.fromkeys(names[form] for form in nearest(folded(text), list(names), cutoff=0.75))
    hint = (
        tell(". Did you mean {near}?", near=either(both(words[name]) for name in near))
        if near
        else tell(". Choose one of {offered}.", offered=", ".join(map(both, words.values())))
    )
    raise ValueError(tell("{text!r} is not on the list{hint}", text=text, hint=hint))


_READERS: Mapping[str, Callable[[str], Any]] = {
    "levels": _levels,
    "key": _options,
    "enemies": _enemies,
    "anchored": _options,
    "time_s": _seconds,
    "waivers": _waivers,
}
