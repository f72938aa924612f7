"""Finds the keys of typed questions, from the options, from an answer line, or from a list at the end of the
paper.

An option may be marked as the key (bold, underlined, highlighted, coloured, starred, ticked); a line below
the options may name the key (`เฉลย ข`), or a list at the end. If two of these differ, or if it is unclear
which option is marked, the question gets no key and a note; the program does not guess.
"""

from __future__ import annotations

import itertools
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from examgen.core.text.thai import arabic_digits
from examgen.core.words import Message, joined, listed, tell
from examgen.interchange import line_kinds as beside
from examgen.interchange.line_kinds import THAI, StatedAnswer, ordinal
from examgen.interchange.typed.lines import (
    OPTION,
    TypedLine,
    TypedPiece,
    TypedQuestion,
    behind,
    between,
    marked_share,
    plain_number,
)

_KEY_MARKS = ("highlight", "colour", "underline", "bold")

KEYS_HEAD = re.compile(r"\s*(?:เฉลย.*|คำเฉลย.*|คำตอบ\s*:?|ANSWER\s*KEYS?.*|ANSWERS\s*:?|KEYS?\s*:?)\s*", re.I)

_KEY_PAIR = re.compile(
    rf"(?:ข้อ\s*)?([0-9๐-๙]{{1,4}})\s*[.):=\-–]?\s*(?:(?:ข้อ|ตอบ|เฉลย|คำตอบ|คือ|ans(?:wer)?|key)[\s.:=]*)*"
    rf"\(?([{THAI}A-Ha-h])[.)]?(?=$|[\s,;|]|/\s*[{THAI}A-H])",
    re.I,
)
_AND_MORE = re.compile(
    rf"(?:\s*(?:[,/&+]|และ|กับ|หรือ|(?:and|or)\b)\s*(?:ข้อ\s*)?\(?[{THAI}A-Ha-h]|\s+\(?(?-i:[{THAI}A-H]))[.)]?"
    r"(?=$|[\s,;|/])",
    re.I,
)
"""A second letter after that of a pair: `1. ก, ค`, `2. A or B`."""
_EMPTY = ("☐", "□", "▢", "⬜")
_SLIP = 2
"""The number of letters of an option that a person may have missed when marking the whole option."""
Claim = tuple[Message, frozenset[int]]
"""A source that names the right options, and their positions."""
_STAR = tell("the star")
_MARK_WORDS = {
    "bold": tell("bold letters"),
    "underline": tell("the underline"),
    "highlight": tell("the highlighting"),
    "colour": tell("the colour"),
}
_OF_THEM = r"(?:ข้อ(?!ความ|ที่|มูล|ใด)|คำตอบ|ตัวเลือก)"
_FEW = rf"(?:[2-9๒-๙]|สอง|สาม|สี่)\s*{_OF_THEM}"
_SEVERAL = re.compile(
    rf"(?:ข้อ|คำตอบ|ตัวเลือก)ใด(?:.{{0,40}}\S)?\s*บ้าง|[(\[]\s*{_FEW}\s*[)\]]"
    rf"|(?:เลือก|ตอบ|กา|ทำเครื่องหมาย)(?:\s*(?:คำตอบ|ตัวเลือก|ข้อ|มา|ได้|ที่ถูก(?:ต้อง)?))*\s*"
    rf"(?:มากกว่า\s*(?:1|๑|หนึ่ง)\s*{_OF_THEM}|(?:ทุก|หลาย)\s*{_OF_THEM}|{_FEW})"
    r"|\b(?:all (?:that|which) (?:apply|are)|more than one (?:answer|option)|one or more"
    r"|(?:select|choose|mark|tick|check|pick|which)\s+(?:all|two|three|four|[2-9])"
    r"|[(\[]\s*(?:two|three|four|[2-9])\s+(?:answers|options))\b",
    re.I,
)
"""Words of a stem that asks for several options."""


def behind_pair(line: TypedLine) -> TypedLine | None:
    """Return the rest of a line after the pair at its beginning, if it has words: `3. ข เพราะ…`."""
    found = _KEY_PAIR.match(line.text.lstrip())
    begin = found.end() + len(line.text) - len(line.text.lstrip()) if found else 0
    if line.label:
        begin -= len(line.label) + 1
    rest = TypedLine(behind(line.pieces, max(0, begin)), line.place)
    return rest if found and not rest.is_blank and re.search(r"\w", rest.text) else None


def keys_begin(lines: Sequence[TypedLine]) -> int:
    """Return the position of the key list, a heading followed only by pairs; the number of lines if there is
    none.
    """
    heads = {
        place
        for place, line in enumerate(lines)
        if KEYS_HEAD.fullmatch(line.text) and not ((said := beside.answer_of(line.text)) and said.letters)
    }
    begin, pairs, options = len(lines), 0, 0
    for place in range(len(lines) - 1, min(heads, default=len(lines)) - 1, -1):
        line = lines[place]
        pairs += len(key_pairs(line))
        if place in heads and pairs >= 2 and options < pairs:
            begin = place
        options += not line.is_blank and bool(OPTION.match(line.text))
    return begin


def key_pairs(line: TypedLine) -> list[tuple[str, str]]:
    """Return the numbers and letters of a key list: on a line, in adjacent cells, or in two rows of a
    table.
    """
    if line.table is None:
        return list(_pairs_in(line.text))
    found: list[tuple[str, str]] = []
    rows = [[cell.strip() for cell in row] for row in line.cells]
    for upper, lower in itertools.pairwise(rows):
        if len(upper) == len(lower) and sum(_is_number(one) for one in upper) >= 2:
            found += [
                (plain_number(number), letter.strip(".)( "))
                for number, letter in zip(upper, lower, strict=True)
                if _is_number(number) and _is_letter(letter)
            ]
    if not found:
        for row in rows:
            for number, letter in itertools.pairwise(row):
                if _is_number(number) and _is_letter(letter):
                    found.append((plain_number(number), letter.strip(".)( ")))
            for cell in row:
                found += _pairs_in(cell)
    if rows and any(KEYS_HEAD.fullmatch(cell) for cell in rows[0]):
        for row in rows[1:]:
            for number, said in itertools.pairwise(row):
                # the cell beside the number is not a single letter (`ก or ข`, `ค ?`): a person is asked
                if _is_number(number) and said and not _is_letter(said) and not _is_number(said):
                    found.append((plain_number(number), "?"))
    return found


def _pairs_in(text: str) -> Iterator[tuple[str, str]]:
    """Yield the numbers on a line with their letters; `?` if several letters follow a number."""
    for found in _KEY_PAIR.finditer(text):
        yield plain_number(found[1]), "?" if _AND_MORE.match(text, found.end()) else found[2]


def _is_number(text: str) -> bool:
    return bool(re.fullmatch(r"\s*(?:ข้อ\s*)?[0-9๐-๙]{1,4}\s*[.)]?\s*", text))


def _is_letter(text: str) -> bool:
    return bool(re.fullmatch(rf"\s*\(?[{THAI}A-Ha-h][.)]?\s*", text))


def settle(one: TypedQuestion) -> None:
    """Resolve answers that name an option by its text; `?` if letter and text name different options."""
    texts = [_alike("".join(piece.text for piece in option.pieces)) for option in one.options]
    letters = [option.letter for option in one.options]
    for place, answer in enumerate(one.answers):
        rest = _alike(answer.rest)
        exact = [letter for letter, text in zip(letters, texts, strict=True) if text and text == rest]
        begun = [
            n
            for n, text in enumerate(texts)
            if len(text) > 1 and (rest == text or (rest.startswith(text) and not rest[len(text)].isalnum()))
        ]
        most = max((len(texts[n]) for n in begun), default=0)
        by_text = exact or [letters[n] for n in begun if len(texts[n]) == most]
        if not answer.letters:
            found = by_text[0] if len(by_text) == 1 else "?"
            figure = arabic_digits(answer.rest).strip(" .)")
            if figure.isdigit() and found != dict(enumerate(letters, 1)).get(int(figure), ""):
                found = "?"  # it may be the place of an option or its text
            one.unclear = answer.rest if found == "?" else one.unclear
            one.answers[place] = StatedAnswer((found,), "" if exact or found == "?" else answer.rest)
        elif len(answer.letters) == 1 and answer.letters != ("?",) and by_text:
            if ordinal(answer.letters[0]) in map(ordinal, by_text):
                one.answers[place] = StatedAnswer(answer.letters, "" if exact else answer.rest)
            else:
                one.answers[place] = StatedAnswer(("?",), answer.rest)
                one.contradiction = tell(
                    "the answer line gives one option by its letter and another by its text"
                )
        elif beside.is_letter(rest):
            one.answers[place] = StatedAnswer(("?",), answer.rest)


def _alike(text: str) -> str:
    return " ".join(text.split()).strip("*✓✔☑√✅☒☐□▢⬜ ").rstrip(". ").casefold()


def starless(pieces: Sequence[TypedPiece]) -> tuple[list[TypedPiece], bool]:
    """Return an option without empty boxes and stars (or ticks) at its ends, and whether it had a star."""
    found = list(pieces)
    if found and found[0].kind == "text" and found[0].text.lstrip().startswith(_EMPTY):
        found[0] = found[0]._replace(text=found[0].text.lstrip()[1:].lstrip())
    if found and found[-1].kind == "text" and found[-1].text.rstrip().endswith(_EMPTY):
        found[-1] = found[-1]._replace(text=found[-1].text.rstrip()[:-1].rstrip())
    text = "".join(one.text for one in found if one.kind == "text")
    starred = (
        bool(re.match(r"\s*[*✓✔☑√✅☒](?!\.)", text))
        or bool(re.search(r"(?<![\\./])[*✓✔☑√✅☒]\s*$", text))
        or bool(re.search(r"[(\[]\s*(?:ถูก(?:ต้อง)?|correct|key|เฉลย)\s*[)\]]\s*$", text, re.I))
    )
    if starred:
        shown = re.sub(
            r"^\s*[*✓✔☑√✅☒]+(?!\.)\s*|\s*(?<![\\./])[*✓✔☑√✅☒]+\s*$|\s*[(\[]\s*(?:ถูก(?:ต้อง)?|correct|key|เฉลย)\s*[)\]]\s*$",
            "",
            text,
            flags=re.I,
        )
        start = text.find(shown) if shown else 0
        found = between([one for one in found if one.kind == "text"], start, start + len(shown)) + [
            one for one in found if one.kind != "text"
        ]
    return found, starred


def claims_of(one: TypedQuestion, stars: Sequence[bool]) -> tuple[list[Claim], list[Message]]:
    """Return the statements of the question about its key, and doubts about it."""
    letters = [option.letter for option in one.options]
    claims: list[Claim] = []
    doubts: list[Message] = []
    if any(stars):
        claims.append((_STAR, frozenset(place for place, star in enumerate(stars) if star)))
    for answer in one.answers:
        claims.append((tell("the answer line"), places_of(answer.letters, letters)))
    for mark in (*_KEY_MARKS, *_colour_of_one(one)):
        shares = [marked_share(option.pieces, mark) for option in one.options]
        bare = [  # letters without the mark
            "".join(piece.text for piece in option.pieces if piece.kind == "text" and mark not in piece.marks)
            for option in one.options
        ]
        whole = {
            place
            for place, share in enumerate(shares)
            if share > 0.8 and sum(letter.isalnum() for letter in bare[place]) <= _SLIP
        }
        partly = {place for place, share in enumerate(shares) if share > 0.05} - whole
        if len(whole) == len(shares) or not (whole or partly):
            continue
        if whole and len(whole) < len(shares) and not partly:
            claims.append((_MARK_WORDS[mark.split()[0]], frozenset(whole)))
        elif whole and partly:
            doubts.append(
                tell(
                    "{mark}: options {whole} are fully marked and {partly} in part, so the "
                    "right option is not clear",
                    mark=_MARK_WORDS[mark.split()[0]],
                    whole=listed(letters[place] for place in sorted(whole)),
                    partly=listed(letters[place] for place in sorted(partly)),
                )
            )
    return claims, doubts


def _colour_of_one(one: TypedQuestion) -> list[str]:
    """Return the colour that only one option has if all are coloured and the others share one colour."""
    colours = [
        {mark for piece in option.pieces for mark in piece.marks if mark.startswith("colour ")}
        for option in one.options
    ]
    if not all(len(found) == 1 for found in colours) or len(set.union(*colours)) != 2:
        return []
    counts = Counter(next(iter(found)) for found in colours)
    return [colour for colour, n in counts.items() if n == 1 < len(colours) - 1]


def is_by_look(claims: Sequence[Claim]) -> bool:
    """Return whether only the formatting of letters shows which option is right."""
    return bool(claims) and all(what in _MARK_WORDS.values() for what, _ in claims)


def places_of(answers: Iterable[str], letters: Sequence[str]) -> frozenset[int]:
    """Return the positions of the options that letters name, in any alphabet (ข is b); -1 for no option."""
    own = [ordinal(letter) for letter in letters]
    found = set()
    for answer in answers:
        wanted = ordinal(answer) if answer != "?" else -1
        found.add(own.index(wanted) if wanted in own else -1)
    return frozenset(found)


def agreed(claims: Sequence[Claim], letters: Sequence[str], stem: str) -> tuple[set[int], list[Message]]:
    """Return the key on which all claims agree.

    It is empty, with the reason, if they differ, or if several options are marked and neither the stem nor a
    line says that several are right.
    """
    said = {places for _, places in claims}
    if not said:
        return set(), []
    if any(-1 in places for places in said):
        return set(), [
            tell(
                "its answer is not one of its options, or matches several ({letters})",
                letters=joined(letters, " "),
            )
        ]
    if len(said) == 1:
        [places] = said
        # Formatting alone does not say that several options are right. Stars and ticks are there to mark
        # keys, and may be on up to half of the options.
        others = {what for what, _ in claims if what not in _MARK_WORDS.values()}
        by_look = not others or (others == {_STAR} and 2 * len(places) > len(letters))
        if by_look and len(places) > 1 and not _SEVERAL.search(stem):
            return set(), [
                tell(
                    "options {letters} are marked, but the question does not allow several right answers",
                    letters=listed(letters[place] for place in sorted(places)),
                )
            ]
        return set(places), []
    parts = (
        tell("{what} {letters}", what=what, letters=listed(letters[place] for place in sorted(places)))
        for what, places in claims
    )
    return set(), [tell("its keys differ ({claims})", claims=joined(parts, "; "))]


def common_marks(options: Sequence[Sequence[TypedPiece]]) -> frozenset[str]:
    """Return the kinds of formatting that may mark the key rather than stress words: at least one option has
    it nearly throughout.
    """
    return frozenset(
        mark for mark in _KEY_MARKS if any(marked_share(pieces, mark) > 0.8 for pieces in options)
    )
