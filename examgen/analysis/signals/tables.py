"""Signals → the rows of `signals.csv`, lines ready for `identities.csv`, and counts for the audit.

Signals → sentences in Thai and English: what was seen, how likely by chance, what a person may do.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from examgen.analysis.signals.kinds import KINDS, Figures, Signal


class Said(NamedTuple):
    """One text in both languages."""

    en: str
    th: str


def odds(log_chance: float) -> str:
    """A chance, given as its natural logarithm, as `1 in 4,200` with two figures that count."""
    tens = -log_chance / math.log(10)
    if tens > 15:
        return f"1 in 10^{math.floor(tens)}"
    whole = 10**tens
    step = 10 ** max(math.floor(tens) - 1, 0)
    return f"1 in {max(round(whole / step), 1) * step:,}"


def odds_th(log_chance: float) -> str:
    """`odds` in Thai."""
    return odds(log_chance).replace("in", "ใน")


def blank_row(seen: Figures) -> Said:
    """A row without any mark."""
    return Said(
        "No question is answered. Look whether the candidate was absent, or the sheet was not read.",
        "ไม่ได้ตอบข้อใดเลย โปรดตรวจว่าผู้เข้าสอบขาดสอบ หรืออ่านกระดาษคำตอบไม่ได้",
    )


def one_letter(seen: Figures) -> Said:
    """A row of one letter."""
    return Said(
        f"The same letter, {seen['letters']}, in {seen['fitting']} of {seen['asked']} answers; "
        f"{seen['right']} right. "
        "One who does not read the questions answers so, and so does a reader that fails: look at "
        "the sheet.",
        f"ตอบ {seen['letters']} เหมือนกัน {seen['fitting']} จาก {seen['asked']} ข้อ ถูก "
        f"{seen['right']} ข้อ "
        "อาจเกิดจากการตอบโดยไม่อ่านคำถาม หรือเครื่องอ่านผิดพลาด โปรดดูกระดาษคำตอบ",
    )


def pattern(seen: Figures) -> Said:
    """A row that repeats a pattern."""
    return Said(
        f"The letters {seen['letters']} again and again in {seen['fitting']} of {seen['asked']} answers; "
        f"{seen['right']} right. One who does not read the questions answers so: look at the sheet.",
        f"ตอบ {seen['letters']} วนซ้ำ {seen['fitting']} จาก {seen['asked']} ข้อ ถูก {seen['right']} ข้อ "
        "อาจเกิดจากการตอบโดยไม่อ่านคำถาม โปรดดูกระดาษคำตอบ",
    )


def under_chance(seen: Figures) -> Said:
    """A row with fewer right answers than ticking at random gives."""
    chance = seen.number("log_chance")
    return Said(
        f"{seen['right']} of {seen['asked']} right, under chance: one who ticks at random has so "
        f"few with a "
        f"chance of {odds(chance)}. Look whether the sheet belongs to another exam or form, was "
        f"read shifted, "
        "or the key is wrong.",
        f"ถูก {seen['right']} จาก {seen['asked']} ข้อ ต่ำกว่าการเดาสุ่ม ผู้ที่เดาสุ่มจะได้น้อยเช่นนี้"
        f"ด้วยโอกาส {odds_th(chance)} โปรดตรวจว่าเป็นกระดาษคำตอบของการสอบอื่นหรือชุดอื่น "
        f"อ่านเลื่อนแถว หรือเฉลยผิดหรือไม่",
    )


def wrong_form(seen: Figures) -> Said:
    """A row that the key of another form fits better."""
    chance = seen.number("log_chance")
    return Said(
        f"The key of form {seen['other']} fits better than that of the form given, {seen['form']}: "
        f"{seen['other_right']} right instead of {seen['right']} of {seen['asked']}. Of the "
        f"{seen['differing']} "
        f"questions where the keys differ, {seen['hits']} are right by the other; ticking at random "
        f"does that "
        f"with a chance of {odds(chance)}. The form may have been marked wrongly, or the answers "
        f"are those of "
        "a neighbour: compare the booklet, and if the form is wrong, take the line of reassign.csv "
        "over into "
        "identities.csv.",
        f"เฉลยของชุด {seen['other']} ตรงกว่าเฉลยของชุด {seen['form']} ที่ระบุไว้ คือถูก "
        f"{seen['other_right']} ข้อ "
        f"แทนที่จะเป็น {seen['right']} จาก {seen['asked']} ข้อ ในข้อที่เฉลยต่างกัน {seen['differing']} ข้อ "
        f"ตรงกับเฉลยของชุดนั้น {seen['hits']} ข้อ การเดาสุ่มจะเป็นเช่นนี้ด้วยโอกาส {odds_th(chance)} "
        "อาจระบุชุดข้อสอบผิด หรือเป็นคำตอบของผู้ที่นั่งใกล้กัน โปรดเทียบกับเล่มข้อสอบ "
        "ถ้าระบุชุดผิดให้นำบรรทัดใน reassign.csv ไปใส่ใน identities.csv",
    )


def same_answers(seen: Figures) -> Said:
    """Candidates with the same answers throughout."""
    chance = seen.number("log_chance")
    return Said(
        f"{seen['candidates']} candidates gave exactly the same answers, {seen['wrong']} of them "
        f"wrong. Where "
        "candidates answer independently, another of like ability answers just so with a chance of "
        f"{odds(chance)}. Look whether one sheet was read twice under two numbers, and where the "
        f"candidates sat.",
        f"ผู้เข้าสอบ {seen['candidates']} คนตอบเหมือนกันทุกข้อ โดยผิด {seen['wrong']} ข้อ หากต่างคนต่างตอบ "
        f"อีกคนที่มีความสามารถใกล้เคียงกันจะตอบเช่นนี้ด้วยโอกาส {odds_th(chance)} "
        "โปรดตรวจว่ากระดาษคำตอบแผ่นเดียวถูกอ่านสองครั้งในสองเลขประจำตัวหรือไม่ และผู้เข้าสอบนั่งที่ใด",
    )


def similar_wrong(seen: Figures) -> Said:
    """Candidates of a room with the same wrong answers."""
    chance = seen.number("log_chance")
    return Said(
        f"{seen['candidates']} candidates of one room (of one answer file, where no room is told) share "
        "wrong answers: the two most alike have "
        f"{seen['same']} "
        f"in common where {seen['expected']} are expected of candidates of their ability; a pair "
        f"that answers "
        f"independently does that with a chance of {odds(chance)}. Common teaching makes answers "
        f"alike too: "
        "compare the seats, the sheets and the other candidates there.",
        f"ผู้เข้าสอบ {seen['candidates']} คนในห้องเดียวกัน (หรือในแฟ้มคำตอบเดียวกันหากไม่ได้ระบุห้อง) ตอบผิดเหมือนกัน "
        f"คู่ที่เหมือนกันที่สุดตอบผิดตรงกัน {seen['same']} ข้อ "
        f"จากที่คาดไว้ {seen['expected']} ข้อสำหรับผู้ที่มีความสามารถระดับนี้ "
        f"คู่ที่ต่างคนต่างตอบจะเป็นเช่นนี้ด้วยโอกาส "
        f"{odds_th(chance)} การเรียนกับครูคนเดียวกันก็ทำให้คำตอบคล้ายกันได้ โปรดเทียบที่นั่ง "
        f"กระดาษคำตอบ และผู้เข้าสอบคนอื่นในกลุ่มเดียวกัน",
    )


SIGNAL_COLUMNS = (
    "kind",
    "signal",
    "file",
    "line",
    "candidate_id",
    "form",
    "room",
    "figures",
    "seen_th",
    "seen_en",
)
REASSIGN_COLUMNS = ("file", "line", "candidate_id", "form", "reason", "by", "date", "raw")


class Names(NamedTuple):
    """What numbers stand for: files, forms and rooms, each in order."""

    files: Sequence[str]
    forms: Sequence[str]
    rooms: Sequence[str] = ()


def signal_rows(signals: Sequence[Signal], names: Names) -> Iterator[tuple[str, ...]]:
    """The rows of `signals.csv`, one for each row of each signal; `signal` counts from 1."""
    for number, signal in enumerate(signals, 1):
        figures = "; ".join(f"{name} {_shown(name, value)}" for name, value in signal.figures.items())
        for file, line, who, room, form in zip(*(c.tolist() for c in signal.rows[:5]), strict=True):
            yield (
                *(signal.kind, str(number), names.files[file], str(line), who.decode("utf-8", "replace")),
                *(names.forms[form], names.rooms[room] if room >= 0 else "", figures, signal.th, signal.en),
            )


def _shown(name: str, value: float | str) -> str:
    return odds(float(value)) if name == "log_chance" else str(value)


def reassign_rows(
    signals: Sequence[Signal], names: Names, raws: Mapping[tuple[int, int], str] = {}
) -> Iterator[tuple[str, ...]]:
    """Lines of `identities.csv` that would give each suspected wrong form the better one; `by` and `date` are
    left to whoever takes them over. `raws` are rows word for word, by file and line."""
    for signal in signals:
        if signal.kind == "wrong_form":
            rows, seen = signal.rows, signal.figures
            file, line = int(rows.file[0]), int(rows.line[0])
            who, raw = rows.ids[0].decode("utf-8", "replace"), raws.get((file, line), "")
            other = str(seen["other"])
            reason = (
                f"key of form {other} fits better: {seen['other_right']} right instead of {seen['right']}"
            )
            yield names.files[file], str(line), who, other, reason, "", "", raw


def counts(signals: Sequence[Signal]) -> dict[str, dict[str, int]]:
    """For the audit: of each kind, how many signals and how many rows they name."""
    return {
        kind: {
            "signals": sum(signal.kind == kind for signal in signals),
            "rows": sum(len(signal.rows.line) for signal in signals if signal.kind == kind),
        }
        for kind in KINDS
    }
