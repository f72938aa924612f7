"""Converts text typed into a cell to the value of a field; `ValueError` states what to write instead."""

from __future__ import annotations

import re
from collections.abc import Mapping
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
_COGNITIVE_ALSO = {
    "remember": ("ความจำ", "จดจำ", "remembering", "knowledge"),
    "understand": ("ความเข้าใจ", "understanding", "comprehension"),
    "apply": ("นำไปใช้", "การนำไปใช้", "ประยุกต์", "การประยุกต์ใช้", "applying", "application"),
    "analyse": ("การวิเคราะห์", "analyze", "analysis", "analysing"),
    "evaluate": ("การประเมินค่า", "ประเมิน", "ประเมินผล", "evaluation", "evaluating"),
}
_STATUS_ALSO = {
    "draft": ("ฉบับร่าง",),
    "review": ("ตรวจทาน", "รอตรวจ", "พิจารณา"),
    "approved": ("อนุมัติ", "ผ่านการอนุมัติ", "approve"),
    "pilot": ("ทดลอง", "นำร่อง"),
    "operational": ("ใช้งาน", "ใช้งานจริง"),
    "retired": ("ยกเลิก", "เลิก", "ปลดระวาง", "retire"),
}
_NONE = frozenset({"", "-", "–", "none", "ไม่มี", "ไม่ระบุ", "[]"})
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
    if field == "pcs":
        known = {criterion.code: criterion.code for criterion in unit.criteria}
        if not text:
            raise ValueError(tell("is empty. Choose the criterion that the item measures."))
        if text in known:
            return (text,)
        return tuple(
            _pc(part.strip(), known, str(unit.code)) for part in re.split(r"[,;|\n]", text) if part.strip()
        )
    if field == "levels":
        plain = _LEVEL_WORDS.sub(" ", plain_digits(text).casefold()).strip()
        if plain in _NONE or text.strip() == "[]":
            return ()
        levels: list[int] = []
        for part in _BETWEEN_LEVELS.split(_RANGE_OF_LEVELS.sub(r"\1-", plain)):
            found = re.fullmatch(r"([1-8])(?:-([1-8]))?", part) if part else None
            if part and (not found or (found[2] and found[2] < found[1])):
                raise ValueError(
                    tell("{text!r} is not a list of levels. Write them as 3, 4, 5 or 3-5.", text=text)
                )
            if found:
                levels += range(int(found[1]), int(found[2] or found[1]) + 1)
        return tuple(dict.fromkeys(levels))
    if field == "cognitive":
        return _named(text, CATEGORY_WORDS, _COGNITIVE_ALSO)
    if field == "status":
        return _named(text, STATUS_WORDS, _STATUS_ALSO)
    if field == "key":
        return _key(text)
    if field == "enemies":
        return (
            ()
            if text.casefold() in _NONE
            else tuple(dict.fromkeys(re.split(r"[\s,;|]+", text.strip(" ,;|"))))
        )
    if field == "decided_by":
        no_other_words = dict.fromkeys(DECIDED_BY_WORDS, ())
        return None if text.casefold() in _NONE else _named(text, DECIDED_BY_WORDS, no_other_words)
    if field in ("shared_stimulus", "family"):
        return None if text.casefold() in _NONE else text
    if field == "anchored":
        return () if text.casefold() in _NONE else _key(text)
    if field == "time_s":
        return _seconds(text)
    if field == "waivers":
        # `rule: reason` on a line each; a line without a rule goes on with the reason before
        waived: dict[str, str] = {}
        for line in text.splitlines():
            code, colon, reason = line.partition(":")
            if colon and re.fullmatch(r"[a-z][a-z0-9-]*", code.strip()):
                waived[code.strip()] = reason.strip()
            elif waived:
                last = next(reversed(waived))
                waived[last] = f"{waived[last]}\n{line}"
            elif line.strip():
                raise ValueError(
                    tell("{line!r} contains no rule. Write `rule: reason`, one per line.", line=line)
                )
        return waived
    return text or None


def same(field: str, one: Any, other: Any) -> bool:
    """Return whether two values of a field are equal; levels, keys and anchored options are compared as
    sets.
    """
    return set(one) == set(other) if field in ("levels", "key", "anchored") else bool(one == other)


def reading(field: str, text: str, value: Any) -> Message | None:
    """Return a message of how a cell was read; None if its text is one that the workbook offers."""
    written = text
    if field == "cognitive":
        word = CATEGORY_WORDS[value]
        plain = {folded(name) for name in (value, word.th, both(word))}
    elif field == "decided_by":
        said = DECIDED_BY_WORDS[value] if value else None
        plain = {folded(name) for name in (value, said.th, both(said))} if said else {""}
    elif field == "status":
        word = STATUS_WORDS[value]
        plain = {folded(name) for name in (value, word.th, both(word))}
    elif isinstance(value, dict):
        return None
    elif isinstance(value, int):
        return (
            None
            if text.strip() == str(value)
            else tell("{text!r} was read as {value} seconds", text=text, value=value)
        )
    elif isinstance(value, tuple):
        shown = ", ".join(map(str, value))
        if field in ("key", "anchored"):
            text = text.translate(_OFFERED)
        return (
            None
            if (re.split(r"[\s,;]+", text.strip()) == re.split(r"[\s,;]+", shown.strip()))
            else tell("{text!r} was read as {value}", text=written, value=shown or tell("nothing"))
        )
    else:
        return None if text == (value or "") else tell("was read without invisible spaces and line ends")
    return None if folded(text) in plain else tell("{text!r} was read as {value}", text=text, value=value)


def _pc(written: str, known: Mapping[str, str], unit: str) -> str:
    alike = [code for code in known if _loose(code) == _loose(written)]
    if written in known or len(alike) == 1:
        return written if written in known else alike[0]
    alike = [
        code
        for code in known
        if _loose(code).translate(_LOOKALIKES) == _loose(written).translate(_LOOKALIKES)
    ]
    hint = (
        tell(". Did you mean {near}?", near=alike[0]) if len(alike) == 1 else suggestion(written, list(known))
    )
    raise ValueError(
        tell("{written} is not a criterion of {unit}{hint}", written=written, unit=unit, hint=hint)
    )


def _loose(code: str) -> str:
    return re.sub(r"\s+", "", plain_digits(code).casefold())


def _key(text: str) -> tuple[str, ...]:
    plain = _KEY_WORDS.sub(" ", plain_digits(text).casefold())
    parts = [part for part in _BETWEEN_KEYS.split(plain) if part]
    if not parts:
        raise ValueError(tell("is empty. Give the right option."))
    return tuple(dict.fromkeys(_option(part, text) for part in parts))


def _seconds(text: str) -> int | None:
    """Read a time such as `90`, `90 s` or `2 min`, also in Thai, in seconds."""
    plain = plain_digits(text).casefold()
    if plain in _NONE:
        return None
    found = _SECONDS.fullmatch(plain)
    if not found:
        raise ValueError(tell("{text!r} is not a time. Write whole seconds, for example 90.", text=text))
    return int(found[1]) * (60 if (found[2] or "").startswith(_MINUTES) else 1)


def _option(written: str, text: str) -> str:
    if len(written) == 1 and "a" <= written <= "z":
        return written
    for letters in (THAI_LETTERS, "12345"):
        if len(written) == 1 and written in letters:
            return "abcde"[letters.index(written)]
    raise ValueError(
        tell(
            "{text} is not a key. Write a letter, a or {letter}; separate several as a, c.",
            text=spelled(text),
            letter=THAI_LETTERS[0],
        )
    )


def _named(text: str, words: Mapping[str, Message], also: Mapping[str, tuple[str, ...]]) -> str:
    offered = ", ".join(both(word) for word in words.values())
    if not text:
        raise ValueError(tell("is empty. Choose one from the list."))
    names: dict[str, str] = {}
    for name, word in words.items():
        thai_name = word.th
        for form in (name, thai_name, thai_name + name, name + thai_name, both(word), *also[name]):
            names[folded(form)] = name
    if (found := names.get(folded(text))) is not None:
        return found
    near = dict.fromkeys(names[form] for form in nearest(folded(text), list(names), cutoff=0.75))
    hint = (
        tell(". Did you mean {near}?", near=either(both(words[name]) for name in near))
        if near
        else tell(". Choose one of {offered}.", offered=offered)
    )
    raise ValueError(tell("{text!r} is not on the list{hint}", text=text, hint=hint))
