"""Statements of an analysis page on items, and what its figures cannot tell."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from tests.reports.readback.analysis_facts import wilson
from tests.reports.sentences.analysis_facts import AnalysisFacts
from tests.reports.sentences.analysis_rules import WORDS, Floats, Rule, Rules, Values, ends, near
from tests.reports.sentences.statement import number

says = Rules()

# ── items ────────────────────────────────────────────────────────────────────────────────────


def _of(code: str) -> Callable[[AnalysisFacts], list[str]]:
    return lambda a: [item for item in a.items if code in flags(a, item)]


def flags(a: AnalysisFacts, item: str) -> set[str]:
    """What is wrong with an item, as docs/statistics.md says."""
    if item not in a.examined:
        return set()
    few, p, (low, high) = item in a.partly, a.facility(item), a.facility_ends(item)
    found = {"hard"} if (high if few else p) < 0.2 else set[str]()
    found |= {"easy"} if (low if few else p) > 0.95 else set()
    r_low, r_high = a.rest_ends(item)
    found |= {"negative"} if r_high < 0 else {"low"} if r_high < 0.15 else set()
    blank = float((a.chosen(item) == "").mean())
    if (wilson(blank * a.n(item), a.n(item))[0] if few else blank) > 0.1:
        found.add("blank")
    answered = int((a.chosen(item) != "").sum())
    if not r_low > 0 and wilson(p * a.n(item), answered)[1] < 0.25:
        found.add("chance")
    found |= {"idle"} if idle(a, item) else set()
    found |= {"draws"} if any(one == item for one, _ in a.drawing[0]) else set()
    return found


def idle(a: AnalysisFacts, item: str) -> list[str]:
    """Distractors that drew too few of the wrong answers."""
    every = sum(a.wrong(item).values())
    if item in a.partly or not every:
        return []
    return [o for o, n in a.wrong(item).items() if n / a.n(item) < 0.05 and wilson(n, every)[1] < 0.5 / 3]


def _facility(a: AnalysisFacts, v: Values, at: str) -> bool:
    digits = len(v["shown"].partition(".")[2])
    return (
        near(v["shown"], a.facility(at), digits) and ends(v, a.facility_ends(at)) and int(v["n"]) == a.n(at)
    )


def _rest(a: AnalysisFacts, v: Values, at: str) -> bool:
    return near(v["r"], a.rest(at)) and ends(v, a.rest_ends(at)) and int(v["n"]) == a.n(at)


says("facility {shown} (95 %: {low} to {high}; {n} candidates) is below {limit}: too hard. See whether the standard asks this "
     "at this level, and whether the stem is easily read.",
     "ยากเกินไป: ความง่าย {shown} (95 %: {low} ถึง {high}; ผู้เข้าสอบ {n} คน) ต่ำกว่า {limit} ดูว่าเนื้อหาอยู่ในเกณฑ์ของระดับนี้หรือไม่ "
     "และโจทย์อ่านเข้าใจง่ายหรือไม่", _of("hard"), _facility)  # fmt: skip
says("facility {shown} (95 %: {low} to {high}; {n} candidates) is above {limit}: too easy. Nearly all are right. Keep it if "
     "everybody must know this; else make the distractors plausible.",
     "ง่ายเกินไป: ความง่าย {shown} (95 %: {low} ถึง {high}; ผู้เข้าสอบ {n} คน) สูงกว่า {limit} เกือบทุกคนตอบถูก "
     "เก็บไว้ได้ถ้าเป็นสิ่งที่ทุกคนต้องรู้ มิฉะนั้นปรับตัวลวงให้น่าเลือกขึ้น", _of("easy"), _facility)  # fmt: skip
says("item–rest correlation {r} (95 %: {low} to {high}; {n} candidates): able candidates do worse; look at the key first. Able "
     "candidates do worse than others. Look at the key first, then for a second meaning.",
     "ตรวจเฉลย: ข้อสอบมีสหสัมพันธ์กับคะแนนข้ออื่น {r} (95 %: {low} ถึง {high}; ผู้เข้าสอบ {n} คน): ผู้ที่เก่งกว่าตอบถูกน้อยกว่า ให้ดูเฉลยก่อน ผู้ที่ได้คะแนนสูงตอบข้อนี้ผิดมากกว่าผู้ที่ได้คะแนนต่ำ "
     "ตรวจเฉลยก่อน แล้วดูว่าโจทย์มีสองความหมายหรือไม่", _of("negative"), _rest)  # fmt: skip
says("item–rest correlation {r} (95 %: {low} to {high}; {n} candidates), the whole interval below 0.15. In this sitting it tells "
     "able candidates little from others. Have the stem, the key and the distractors reviewed; a very easy or very hard item "
     "can tell little.",
     "อำนาจจำแนกต่ำ: ข้อสอบมีสหสัมพันธ์กับคะแนนข้ออื่น {r} (95 %: {low} ถึง {high}; ผู้เข้าสอบ {n} คน) ทั้งช่วงต่ำกว่า 0.15 "
     "ในการสอบครั้งนี้ข้อนี้แยกคนเก่งออกจากคนอ่อนได้น้อย ให้ผู้เชี่ยวชาญทบทวนโจทย์ เฉลย และตัวลวง ข้อที่ง่ายมากหรือยากมากย่อมจำแนกได้น้อย",
     _of("low"), _rest)  # fmt: skip
says("{share}% of the {n} who answered are right, guessing would give 25%. Fewer are right than guessing gives. Look at the "
     "key; is a distractor right too?",
     "ต่ำกว่าการเดา: ผู้ตอบ {n} คน ตอบถูก {share}% การเดาจะได้ 25% ผู้ตอบถูกน้อยกว่าการเดา ตรวจเฉลย หรือดูว่ามีตัวลวงที่ถูกได้เช่นกัน",
     _of("chance"),
     lambda a, v, at: int(v["n"]) == (n := int((a.chosen(at) != "").sum()))
     and abs(number(v["share"]) - 100 * a.facility(at) * a.n(at) / n) <= 0.51)  # fmt: skip
says("{share}% of the {n} who had it left it blank, more than {limit}%. Many leave it blank. See whether there was time enough, "
     "and whether the stem is clear.",
     "เว้นว่างมาก: ผู้ได้ทำข้อนี้ {n} คน เว้นว่าง {share}% เกิน {limit}% หลายคนไม่ตอบข้อนี้ ดูว่าเวลาพอหรือไม่ และโจทย์ชัดเจนหรือไม่",
     _of("blank"),
     lambda a, v, at: int(v["n"]) == a.n(at) and abs(number(v["share"]) - 100 * (a.chosen(at) == "").mean()) <= 0.51)  # fmt: skip
_IDLE_EN = "{%s} was chosen by {%s}%%, fewer than {%s}%%: {%s} of {%s} wrong answers, where an even share would be {%s}"
_IDLE_TH = "{%s} มีผู้เลือก {%s}%% ต่ำกว่า {%s}%%: {%s} จากคำตอบผิด {%s} คำตอบ ถ้ากระจายเท่ากันจะเป็น {%s}"
WORDS |= {f"o{n}": "[a-d]" for n in range(20, 24)}
for _many in (1, 2, 3):
    _names = [tuple(f"{x}2{n}" for x in ("o", "s", "l", "k", "w", "e")) for n in range(_many)]

    def _idle(a: AnalysisFacts, v: Values, at: str, many: int = _many) -> bool:
        seen, every = idle(a, at), sum(a.wrong(at).values())
        return [v[f"o2{n}"] for n in range(many)] == seen and all(
            (int(v[f"k2{n}"]), int(v[f"w2{n}"])) == (a.wrong(at)[o], every)
            and abs(number(v[f"s2{n}"]) - 100 * a.wrong(at)[o] / a.n(at)) <= 0.06
            for n, o in enumerate(seen)
        )

    says(f"{'; '.join(_IDLE_EN % one for one in _names)}. Hardly anybody chooses this distractor. Write it anew from a mistake "
         "that people really make.",
         f"ตัวลวงไม่ทำงาน: {'; '.join(_IDLE_TH % one for one in _names)} ตัวลวงนี้แทบไม่มีผู้เลือก เขียนใหม่จากความเข้าใจผิดที่พบจริง",
         lambda a, many=_many: [i for i in a.examined if len(idle(a, i)) == many], _idle)  # type: ignore[misc]  # fmt: skip


def _draws(a: AnalysisFacts, v: Values, at: str) -> bool:
    (form, j), *_ = a.items[at]
    took = form.chosen[:, j] == v["option"]
    counts = [form.able.sum(), (took & form.able).sum(), (~form.able).sum(), (took & ~form.able).sum()]
    told = [int(v[x]) for x in ("able", "k", "others", "m")]
    return (
        (at, v["option"]) in a.drawing[0]
        and near(v["r"], a.drawing[0][at, v["option"]])
        and int(v["tests"]) == a.drawing[1]
        and told == [int(one) for one in counts]
    )


says("{option} is wrong by the key, but goes with high scores: option–rest correlation {r} ({p}), beyond chance over {tests} "
     "distractors (Holm, 5 %); of the {able} most able (upper 27 %, equal totals with them) {k} chose it, of the {others} others {m}. Ask an expert "
     "whether it can be defended, and reword it.",
     "ตัวลวงดึงคนเก่ง: {option} ผิดตามเฉลย แต่ผู้เลือกมักได้คะแนนสูง: ตัวเลือกมีสหสัมพันธ์กับคะแนนข้ออื่น {r} ({p}) "
     "เกินกว่าความบังเอิญเมื่อทดสอบตัวลวงทั้งหมด {tests} ตัว (Holm, 5 %) ในกลุ่มคะแนนสูงร้อยละ 27 จำนวน {able} คน (รวมผู้ที่คะแนนเท่ากัน) เลือก {k} คน "
     "ส่วนคนอื่น {others} คน เลือก {m} คน ให้ผู้เชี่ยวชาญดูว่าตัวลวงนี้ถูกได้หรือไม่ แล้วแก้ถ้อยคำ", _of("draws"), _draws)  # fmt: skip

# ── what the figures cannot tell ─────────────────────────────────────────────────────────────


def _few(a: AnalysisFacts) -> list[str]:
    return [name for name, form in a.forms.items() if form.n < 50]


says("Form {forms}: {n} candidates: correlations and reliabilities are rough, see their intervals",
     "ชุด {forms}: ผู้เข้าสอบ {n} คน: สหสัมพันธ์และความเที่ยงเป็นค่าคร่าว ๆ ให้ดูช่วงความเชื่อมั่น", _few,
     lambda a, v, at: all(int(v["n"]) == a.forms[form].n for form in v["forms"].split(", ")))  # fmt: skip
says("{n} candidates are few for this model: errors are wide and their size is uncertain",
     "ผู้เข้าสอบ {n} คนน้อยเกินไปสำหรับโมเดลนี้: ความคลาดเคลื่อนกว้างและไม่แน่นอน",
     lambda a: a.columns and _answered(a) < 50, lambda a, v, at: int(v["n"]) == _answered(a))  # fmt: skip
says(
    "no item has two different scores: there is nothing to fit",
    "ไม่มีข้อสอบใดที่คะแนนต่างกัน จึงไม่มีอะไรให้ประมาณค่า",
    lambda a: not a.columns,
)


def _answered(a: AnalysisFacts) -> int:
    """Candidates with an answer to an item of the model."""
    return sum(
        int((~np.isnan(form.seen[:, [i in a.columns for i in form.items]])).any(axis=1).sum())
        for form in a.forms.values()
    )


def _same(right: float) -> Callable[[AnalysisFacts], list[str]]:
    def of(a: AnalysisFacts) -> list[str]:
        seen = {i: np.concatenate([form.seen[:, j] for form, j in own]) for i, own in a.items.items()}
        return [i for i, x in seen.items() if (known := x[~np.isnan(x)]).size and (known == right).all()]

    return of


def _named(of: Callable[[AnalysisFacts], list[str]]) -> Callable[[AnalysisFacts, Values, str], bool]:
    """The items that are named are among these; on the page of an item it is that one."""
    return lambda a, v, at: (
        set(v["items"].partition(" +")[0].split(", ")) <= set(of(a)) and (not at or v["items"] == at)
    )


for _en, _th, _those in (
    ("everybody who answered is right: it is left out", "ผู้ตอบถูกทุกคน จึงไม่นำมาคิด", _same(1.0)),
    ("everybody who answered is wrong: it is left out", "ผู้ตอบผิดทุกคน จึงไม่นำมาคิด", _same(0.0)),
    ("nobody answered it: it is left out", "ไม่มีผู้ตอบ: ไม่นำมาคิด", lambda a: sorted(a.unsat)),
):
    says(f"{{items}}: {_en}", f"{{items}}: {_th}", _those, _named(_those))


def _whole(a: AnalysisFacts) -> int:
    """Candidates who answered every item of the model, reached to the end."""
    own = [[i for i in form.items if i in a.columns] for form in a.forms.values()]
    return sum(
        int((~np.isnan(form.seen[:, [i in a.columns for i in form.items]])).all(axis=1).sum())
        for form, items in zip(a.forms.values(), own, strict=True)
        if len(items) == len(a.columns)
    )


says("S-X² compares the {n} of {all} candidates who have a score on every item.",
     "S-X² เปรียบเทียบผู้เข้าสอบ {n} จาก {all} คนที่มีคะแนนครบทุกข้อ",
     lambda a: a.columns and len(a.forms) == 1 and _whole(a) < a.facts.n,
     lambda a, v, at: [int(v[x]) for x in ("n", "all")] == [_whole(a), a.facts.n])  # fmt: skip
says("Form {form}: {n} item(s) vary: there is no alpha or other reliability",
     "ชุด {form}: ข้อสอบที่คะแนนต่างกันมี {n} ข้อ: ไม่มี alpha หรือความเที่ยงอื่น",
     lambda a: [f for f, form in a.forms.items() if (form.x.std(axis=0) > 0).sum() < 2],
     lambda a, v, at: int(v["n"]) == (a.forms[v["form"]].x.std(axis=0) > 0).sum())  # fmt: skip
says("Form {forms}: the items' correlations are singular (fewer candidates than items, or items that repeat others): lambda 6 "
     "and r_cor rest on a generalised inverse and say little",
     "ชุด {forms}: เมทริกซ์สหสัมพันธ์ของข้อสอบเป็นเอกฐาน (ผู้เข้าสอบน้อยกว่าข้อสอบ หรือข้อสอบซ้ำกัน): lambda 6 และ r_cor อาศัยเมทริกซ์ผกผันนัยทั่วไป และบอกอะไรได้น้อย",
     lambda a: [f for f, form in a.forms.items() if _singular(form.x)],
     lambda a, v, at: all(_singular(a.forms[form].x) for form in v["forms"].split(", ")))  # fmt: skip


def _singular(x: Floats) -> bool:
    varies = x[:, x.std(axis=0) > 0]
    return varies.shape[1] > 1 and bool(
        np.linalg.matrix_rank(np.corrcoef(varies.T), tol=1e-8) < varies.shape[1]
    )


says(
    "Form {forms}: no ability has an expected score as high, or as low, as the cut",
    "ชุด {forms}: ไม่มีความสามารถใดที่คะแนนคาดหวังสูงหรือต่ำเท่าคะแนนจุดตัด",
    lambda a: a.unreached,
    lambda a, v, at: set(v["forms"].split(", ")) <= set(a.unreached),
)
says("Form {forms}: only {n} candidates had an item that all of them have right, or wrong: no ability is told at the cut",
     "ชุด {forms}: มีข้อที่ทุกคนตอบถูกหมดหรือผิดหมด และมีผู้ได้ทำข้อนั้นเพียง {n} คน: จึงไม่บอกความสามารถที่คะแนนจุดตัด",
     lambda a: list(a.unplaced),
     lambda a, v, at: all(int(v["n"]) == a.unplaced[form] for form in v["forms"].split(", ")))  # fmt: skip

OF_THE_MODEL = (
    ("There is nothing to compare sum scores of.", "ไม่มีคะแนนรวมให้เปรียบเทียบ"),
    ("{items}: has too few sum scores left for S-X².", "{items}: มีคะแนนรวมเหลือน้อยเกินไปสำหรับ S-X²"),
    ("Nobody answered an item of the model: M2 is not computed.",
     "ไม่มีผู้ตอบข้อสอบของโมเดล: ไม่ได้หา M2"),
    ("Some items were answered together by fewer than half of the candidates, as where forms differ: M2 would be too small, "
     "and is not computed.",
     "มีข้อสอบบางคู่ที่ผู้ตอบทั้งสองข้อไม่ถึงครึ่งของผู้เข้าสอบ เช่นเมื่อชุดข้อสอบต่างกัน: M2 จะน้อยเกินไป จึงไม่ได้หา"),
    ("the model integrates over abilities from −6 to 6, and those of the candidates (mean {m}, sd {s}) reach further: sd and "
     "difficulties are off by some per cent, or more; 1pl is the same model without that",
     "โมเดลคำนวณความสามารถในช่วง −6 ถึง 6 แต่ความสามารถของผู้เข้าสอบ (ค่าเฉลี่ย {m} sd {s}) กว้างเกินช่วงนี้: sd "
     "และค่าความยากคลาดเคลื่อนหลายเปอร์เซ็นต์หรือมากกว่านั้น ส่วน 1pl คือโมเดลเดียวกันที่ไม่มีปัญหานี้"),
    ("There are no residuals to correlate.", "ไม่มีส่วนเหลือให้หาสหสัมพันธ์"),
    ("{items}: the slope is negative ({a}): the able do worse; look at the key",
     "{items}: ความชันติดลบ ({a}): ผู้ที่เก่งกว่าตอบถูกน้อยกว่า ให้ดูเฉลย"),
    ("outfit {o} (z {z}): answers are less regular than the model expects. The answers do not follow the model's curve. Look at "
     "the graph before its parameters are used.",
     "ไม่เข้ากับโมเดล: เอาต์ฟิต {o} (z {z}): คำตอบเป็นระเบียบน้อยกว่าที่โมเดลคาด คำตอบไม่เป็นไปตามโค้งของโมเดล "
     "ดูรูปของข้อนี้ก่อนใช้ค่าพารามิเตอร์"),
    ("S-X2 has p < 0.001: the curve is not that of the answers. The answers do not follow the model's curve. Look at the graph "
     "before its parameters are used.",
     "ไม่เข้ากับโมเดล: S-X2 มีค่า p < 0.001: โค้งของโมเดลไม่ตรงกับคำตอบ คำตอบไม่เป็นไปตามโค้งของโมเดล "
     "ดูรูปของข้อนี้ก่อนใช้ค่าพารามิเตอร์"),
)  # fmt: skip
"""Sentences of models alone: they may stand anywhere, with the same numbers in both languages; tests/psychometrics
compares the models with mirt."""
MODELLED = [Rule(*pair, lambda a: True, lambda a, v, at: True) for pair in OF_THE_MODEL]
