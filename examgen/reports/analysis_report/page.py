"""What an exam analysis found → context of `analysis.html`: the test, the key alarm, a page for each item.

Takes the plain values of the analysis and the texts of the items as HTML; shows numbers rounded, and a dash
where there is none. The report holds keys: it is for those who may see them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from examgen.models.blueprint import Bilingual
from examgen.release_state import UNRELEASED, ReleaseState
from examgen.reports.analysis_report import figures
from examgen.reports.analysis_report.items import (
    COLUMNS,
    ITEM_WORDS,
    Document,
    ItemText,
    both,
    item_page,
    number,
    percent,
)
from examgen.reports.analysis_report.test import form_tables, test_figures, test_words
from examgen.reports.analysis_report.words import (
    REASONS,
    SURE,
    examined_words,
    half_examined_words,
    note_words,
)
from examgen.reports.parts import face_addresses, release_mark, release_notice, synthetic_words
from examgen.text.letters import LETTERS, THAI_LETTERS


def analysis_report(found: Document, texts: Mapping[str, ItemText], choices: str) -> dict[str, object]:
    """Everything that the page shows; `choices` says how options are lettered (`thai` or `latin`)."""
    letters = THAI_LETTERS if choices == "thai" else LETTERS
    anchors = {row["name"]: f"item-{n}" for n, row in enumerate(found["items"], start=1)}
    return {
        "exam": found["exam"],
        "title": found["title"],
        "facts": _facts(found),
        "notices": _notices(found),
        "release_mark": "" if _state(found).state == "released" else release_mark(_state(found)),
        "tiles": _tiles(found),
        "alarms": [_alarm(one, found, anchors) for one in found["alarms"]],
        "unexamined": examined_words(found["n_items"], found["n_examined"], found["min_n"]),
        "half_examined": half_examined_words(
            found["n_items"], found["n_examined"] - found["n_fully_examined"], found["min_n_fully"]
        ),
        "n_examined": found["n_examined"],
        "form_tables": form_tables(found["forms"]),
        "test_words": test_words(found),
        "figures": test_figures(found),
        "item_heads": [head for head, _, _ in COLUMNS],
        "items": [
            item_page(row, found, texts.get(row["name"]), anchors[row["name"]], letters)
            for row in found["items"]
        ],
        "item_words": ITEM_WORDS,
        "notes": note_words([note for note in found["notes"] if note["code"] != "forms-not-linked"]),
        "faces": face_addresses(),
        "printed": False,
    }


# ── the head ─────────────────────────────────────────────────────────────────────────────────


def _facts(found: Document) -> list[tuple[Bilingual, str]]:
    model = found["irt"]["model"]
    return [
        (both("การตรวจครั้งที่", "run"), str(found["run"])),
        (both("รหัสการตรวจ", "fingerprint"), str(found["fingerprint"])),
        *_release(found),
        (both("ผู้เข้าสอบ", "candidates"), number(found["n_candidates"])),
        (both("ข้อสอบ", "items"), number(found["n_items"])),
        (both("โมเดล", "model"), str(model["name"])),
    ]


def _release(found: Document) -> list[tuple[Bilingual, str]]:
    """Which release the run is of, if it is what people are told."""
    of = _state(found)
    return [(both("ประกาศผลครั้งที่", "release"), str(of.release))] if of.state == "released" else []


def _state(found: Document) -> ReleaseState:
    return ReleaseState(**found["release"]) if "release" in found else UNRELEASED


def _notices(found: Document) -> list[Bilingual]:
    of_release = release_notice(_state(found))
    made_up = synthetic_words(found["n_candidates"], found["n_synthetic"])
    told = [one for one in (of_release, made_up) if one is not None]
    if found["draft"]:
        told.append(
            both(
                "ข้อสอบฉบับร่าง: ผู้เชี่ยวชาญยังไม่อนุมัติข้อสอบบางข้อหรือทั้งหมด",
                "Draft: some or all of the items were not approved by a subject-matter expert",
            )
        )
    if found["n_candidates"] < 100:
        n = found["n_candidates"]
        people = "candidate" if n == 1 else "candidates"
        told.append(
            both(
                f"มีผู้เข้าสอบเพียง {n} คน ค่าทุกค่าไม่แน่นอน ให้ดูช่วงความเชื่อมั่น",
                f"Only {n} {people}: every figure is rough, see the intervals.",
            )
        )
    if not found["irt"]["model"]["converged"]:
        told.append(
            both("โมเดลไม่ลู่เข้า อย่าใช้ค่าพารามิเตอร์", "The model did not converge: use none of its parameters.")
        )
    if any(note["code"] == "forms-not-linked" for note in found["notes"]):
        told.append(
            both(
                "ชุดข้อสอบไม่มีข้อร่วมกัน ความยากต่างชุดเทียบกันได้ต่อเมื่อผู้เข้าสอบของแต่ละชุดมีความสามารถเท่ากัน",
                "The forms share no items: their difficulties compare only if their candidates are alike.",
            )
        )
    return told


class Tile(NamedTuple):
    """A figure to be seen first."""

    name: Bilingual
    value: str
    note: str = ""
    good: bool = True


def _tiles(found: Document) -> list[Tile]:
    forms = found["forms"]
    sure = sum(alarm["sure"] != "possible" for alarm in found["alarms"])
    flagged = sum(bool(row["flags"]) for row in found["items"])
    examined = found["n_examined"]
    of = "" if examined == found["n_items"] else f"ตรวจ · examined {examined} / {found['n_items']}"
    tiles = [
        Tile(both("เฉลยที่น่าสงสัย", "keys in doubt"), str(sure) if examined else "–", of, good=not sure),
        Tile(
            both("ข้อที่ควรดู", "items to look at"),
            f"{flagged} / {examined}" if examined else "–",
            of,
        ),
    ]
    for form in forms[:3]:
        low, high = form["alpha_low"], form["alpha_high"]
        name = both(f"ความเที่ยง (alpha) ชุด {form['form']}", f"reliability, form {form['form']}")
        tiles.append(Tile(name, number(form["alpha"]), f"95 % {number(low)} – {number(high)}"))
    return tiles


def _alarm(alarm: Document, found: Document, anchors: Mapping[str, str]) -> dict[str, object]:
    suggested = alarm["suggested"]
    sure = SURE[alarm["sure"]]
    reasons = [both(f"{sure.th}: {alarm_th(alarm)}", f"{sure.en}: {alarm['message']}")]
    reasons += [REASONS[reason] for reason in alarm["reasons"] if reason in REASONS]
    return {
        "rank": alarm["rank"],
        "item": alarm["item"],
        "anchor": anchors[alarm["item"]],
        "key": ", ".join(alarm["key"]),
        "suggested": suggested,
        "reasons": reasons,
        "correction": alarm["correction"],
        "figure": figures.option_curves(
            f"alarm-{alarm['rank']}",
            dict(zip(alarm["options"], alarm["fifths"], strict=True)),
            alarm["fifths_n"],
            alarm["key"],
        ),
    }


def alarm_th(alarm: Document) -> str:
    """What was seen, in Thai."""
    key = ", ".join(alarm["key"])
    if alarm["suggested"] is None:
        return (
            f"ผู้ตอบตามเฉลย {key} มี {percent(alarm['facility'])} % ของ {alarm['n']} คน "
            f"การเดาจะได้ {percent(alarm['chance'])} % และไม่มีตัวเลือกใดดีกว่า"
        )
    probability = alarm["probability"]
    shown = "มากกว่า 0.999" if probability > 0.999 else number(probability)
    of_key, of_other = (
        "หาไม่ได้" if alarm[name] is None else f"{alarm[name]:.2f}" for name in ("r_key", "r_suggested")
    )
    return (
        f"ในกลุ่มคะแนนสูงร้อยละ 27 ({alarm['n_able']} คน) เลือก {alarm['suggested']} {alarm['able_suggested']} คน "
        f"เลือกเฉลย {key} {alarm['able_key']} คน ความน่าจะเป็นที่ {alarm['suggested']} ถูกและเฉลยผิดคือ {shown}"
        f" สหสัมพันธ์กับคะแนนข้ออื่นของ {alarm['suggested']} คือ {of_other} ของเฉลยคือ {of_key} "
        f"(ผู้เข้าสอบ {alarm['n']} คน)"
    )
