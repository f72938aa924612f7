"""Statements of an analysis page on the run and the forms: what was examined, alarms, cuts, maps."""

from __future__ import annotations

import re

import numpy as np

from tests.reports.sentences.analysis_facts import AnalysisFacts
from tests.reports.sentences.analysis_rules import Rules, Values, near
from tests.reports.sentences.statement import number
from tests.reports.sentences.subscores import no_more

says = Rules()

# ── the head, what was examined ──────────────────────────────────────────────────────────────

says("Not released: these results may still change and are not to be told to candidates",
     "ยังไม่ประกาศผล: ผลนี้ยังอาจเปลี่ยนแปลง ห้ามใช้แจ้งผู้สอบ", lambda a: a.facts.state == "unreleased")  # fmt: skip
says("Synthetic candidates: nobody sat this exam", "ข้อมูลจำลอง: ไม่มีผู้ใดสอบจริง",
     lambda a: a.facts.made_up == a.facts.n)  # fmt: skip
says("Draft: no item of this exam was approved by a subject-matter expert",
     "ข้อสอบฉบับร่าง: ผู้เชี่ยวชาญยังไม่อนุมัติข้อสอบข้อใดเลย", lambda a: all(a.facts.unapproved))  # fmt: skip
for _items, _is_one in (("item was", True), ("items were", False)):
    says(f"Draft: {{n}} {_items} not approved by a subject-matter expert, of {{of}}",
         "ข้อสอบฉบับร่าง: ผู้เชี่ยวชาญยังไม่อนุมัติข้อสอบ {n} จาก {of} ข้อ",
         lambda a, one=_is_one: 0 < sum(a.facts.unapproved) < len(a.facts.unapproved)
         and (sum(a.facts.unapproved) == 1) == one,  # type: ignore[misc]
         lambda a, v, at: (number(v["n"]), number(v["of"])) == (sum(a.facts.unapproved), len(a.facts.unapproved)))  # fmt: skip
for _who, _is_one in (("candidate", True), ("candidates", False)):
    says(f"Only {{n}} {_who}: every figure is rough, see the intervals.",
         "มีผู้เข้าสอบเพียง {n} คน ค่าทุกค่าไม่แน่นอน ให้ดูช่วงความเชื่อมั่น",
         lambda a, one=_is_one: a.facts.n < 100 and (a.facts.n == 1) == one,  # type: ignore[misc]
         lambda a, v, at: int(v["n"]) == a.facts.n)  # fmt: skip
says("There is no model: too few items have both right and wrong answers.",
     "ไม่มีโมเดล: ข้อสอบที่มีทั้งคำตอบถูกและผิดมีน้อยเกินไป", lambda a: not a.columns)  # fmt: skip
says("The forms share no items: their difficulties compare only if their candidates are alike.",
     "ชุดข้อสอบไม่มีข้อร่วมกัน ความยากต่างชุดเทียบกันได้ต่อเมื่อผู้เข้าสอบของแต่ละชุดมีความสามารถเท่ากัน",
     lambda a: not a.linked)  # fmt: skip
says("The forms share no items: b stands with its form, and b of different forms compare only if their candidates are "
     "alike.",
     "ชุดข้อสอบไม่มีข้อร่วมกัน ค่า b จึงมีชื่อชุดกำกับ และ b ต่างชุดเทียบกันได้ต่อเมื่อผู้เข้าสอบของแต่ละชุดมีความสามารถเท่ากัน",
     lambda a: not a.linked)  # fmt: skip
says("No key raised an alarm. Where few candidates answered, a wrong key may raise none.",
     "ไม่มีเฉลยข้อใดถูกเตือน แต่เมื่อมีผู้ตอบน้อย เฉลยที่ผิดอาจไม่ถูกเตือน",
     lambda a: len(a.examined) == a.n_items and not a.drawing[0])  # fmt: skip
says("Of the {n} items examined, no key raised an alarm. Where few candidates answered, a wrong key may raise none.",
     "ใน {n} ข้อที่ตรวจ ไม่มีเฉลยข้อใดถูกเตือน แต่เมื่อมีผู้ตอบน้อย เฉลยที่ผิดอาจไม่ถูกเตือน",
     lambda a: 0 < len(a.examined) < a.n_items, lambda a, v, at: int(v["n"]) == len(a.examined))  # fmt: skip
says("Not examined: {left} of {n} items, which fewer than {least} candidates had each. Whether their keys are right "
     "is not known.",
     "ไม่ได้ตรวจหาเฉลยผิดและข้อที่ควรดู {left} จาก {n} ข้อ เพราะมีผู้ตอบไม่ถึง {least} คนต่อข้อ จึงบอกไม่ได้ว่าข้อเหล่านี้ดีหรือไม่",
     lambda a: len(a.examined) < a.n_items,
     lambda a, v, at: [int(v[x]) for x in ("left", "n", "least")] == [a.n_items - len(a.examined), a.n_items, 20])  # fmt: skip
says("{few} of {n} items had fewer than {least} candidates each: only what is beyond chance is told of them. With so few, "
     "some wrong keys are not found; an item not named need not be sound.",
     "{few} จาก {n} ข้อ มีผู้ตอบไม่ถึง {least} คนต่อข้อ จึงบอกเฉพาะสิ่งที่เกินกว่าความบังเอิญ เฉลยที่ผิดพบได้เพียงบางส่วน "
     "ข้อที่ไม่มีคำเตือนจึงไม่ได้แปลว่าดี",
     lambda a: a.partly,
     lambda a, v, at: [int(v[x]) for x in ("few", "n", "least")] == [len(a.partly), a.n_items, 50])  # fmt: skip

# ── an alarm ─────────────────────────────────────────────────────────────────────────────────


def _alarm(a: AnalysisFacts, v: Values, at: str) -> bool:
    """Of the item whose wrong option it names: numbers of the able, correlations, and Bayes' rule anew."""
    for item, own in a.items.items():
        form, j = own[0]
        if a.key(item) == v["key"] and v["option"] in form.orders[j]:
            took = [int((form.chosen[form.able, j] == one).sum()) for one in (v["option"], v["key"])]
            told = [int(v[x]) for x in ("able", "took", "kept", "n")]
            if told == [int(form.able.sum()), *took, form.n]:
                r = form.r_rest(j, v["option"]) or 0.0
                return (
                    near(v["r_option"], r) and near(v["r_key"], form.item_rest(j)) and _wrong(form, j) > 0.999
                )
    return False


def _wrong(form: object, j: int) -> float:
    return form.wrong_key(j)[1]  # type: ignore[attr-defined, no-any-return]


says("almost certain: of the {able} most able (upper 27 %, equal totals with them) {took} chose {option}, {kept} the key {key}; the probability "
     "that {o2} is right and the key wrong is above {p999}; the correlation with the rest of the test is {r_option} "
     "for {o3} and {r_key} for the key ({n} candidates)",
     "แทบแน่นอน: ในกลุ่มคะแนนสูงร้อยละ 27 ({able} คน รวมผู้ที่คะแนนเท่ากัน) เลือก {option} {took} คน เลือกเฉลย {key} {kept} คน ความน่าจะเป็นที่ {o2} "
     "ถูกและเฉลยผิดคือ มากกว่า {p999} สหสัมพันธ์กับคะแนนข้ออื่นของ {o3} คือ {r_option} ของเฉลยคือ {r_key} (ผู้เข้าสอบ {n} คน)",
     lambda a: a.drawing[0], _alarm)  # fmt: skip
says("The able prefer another option to the key.", "กลุ่มเก่งเลือกตัวเลือกอื่นมากกว่าเฉลย", lambda a: a.drawing[0])
says("The key goes with low scores, and one distractor with high ones.",
     "เฉลยสัมพันธ์กับคะแนนต่ำ แต่ตัวลวงหนึ่งสัมพันธ์กับคะแนนสูง",
     lambda a: any(a.rest(item) < 0 for item, _ in a.drawing[0]))  # fmt: skip
says("If the key is wrong, this goes into corrections.yaml:", "ถ้าเฉลยผิด ให้ใส่ส่วนนี้ใน corrections.yaml:",
     lambda a: a.drawing[0])  # fmt: skip

# ── the test ─────────────────────────────────────────────────────────────────────────────────

says("Reliability, SEM from alpha and the distribution are of the number right, not of the points of the run.",
     "ความเที่ยง SEM จากแอลฟา และกราฟการแจกแจงเป็นของจำนวนข้อที่ตอบถูก ไม่ใช่ของคะแนนในการตรวจครั้งนี้",
     lambda a: any(abs(np.mean([float(c["score"]) for c in a.facts.candidates if c["form"] == name]) - form.total.mean()) > 5e-3
                   for name, form in a.forms.items()))  # fmt: skip
says("There are two standard errors of measurement (SEM): the one from alpha is one number for all candidates of a form; "
     "the one at the cut marks a second look, and is that of the reports of results.",
     "ความคลาดเคลื่อนมาตรฐานของการวัด (SEM) มีสองค่า: ค่าจากแอลฟาเป็นค่าเดียวของผู้เข้าสอบทุกคนในชุดเดียวกัน "
     "ค่าที่คะแนนจุดตัดใช้ทำเครื่องหมายให้พิจารณาซ้ำ และเป็นค่าเดียวกับในรายงานผลสอบ", lambda a: a.facts.has_cut)  # fmt: skip
says("Rasch model: the item with the fewest candidates has {n}, too few to tell slopes apart.",
     "ใช้โมเดลราช์ เพราะข้อที่มีผู้ตอบน้อยที่สุดมีผู้ตอบ {n} คน ไม่พอจะแยกความชันของแต่ละข้อ",
     lambda a: a.columns and min([a.n(i) for i in a.items] + [0] * len(a.unsat)) < 500,
     lambda a, v, at: int(v["n"]) == min([a.n(i) for i in a.items] + [0] * len(a.unsat)))  # fmt: skip


def _reliability(a: AnalysisFacts, v: Values, at: str) -> bool:
    if a.facts.n > 499 or a.rasch.sd > 1.8:
        return True  # another model; answers in so good an order that the oracle's nodes end too early
    eap, se = a.rasch.eap, a.rasch.eap_se
    return bool(abs(number(v["r"]) - eap.var(ddof=1) / (eap.var(ddof=1) + (se**2).mean())) < 0.002)


says(
    "Reliability of abilities (EAP) {r}.",
    "ความเที่ยงของค่าความสามารถ (EAP) {r}",
    lambda a: a.columns,
    _reliability,
)
says("Fit of the model: RMSEA {rmsea} (90 %: {low}–{high}), SRMSR {srmsr}.",
     "ความเข้ากันของโมเดลกับข้อมูล RMSEA {rmsea} (90 %: {low}–{high}), SRMSR {srmsr}",
     lambda a: a.columns and len(a.forms) == 1,
     lambda a, v, at: number(v["low"]) <= number(v["rmsea"]) <= number(v["high"]))  # fmt: skip


def _apart(a: AnalysisFacts) -> bool:
    return a.cuts is not None and a.cuts.apart >= 0.3 and a.cuts.low > 0


def _cuts(a: AnalysisFacts, v: Values, at: str) -> bool:
    cuts = a.cuts
    assert cuts is not None
    places = re.findall(r"([A-Z]) (\S+) \(SE ([\d.]+)\)", v["places"])
    return bool(
        [form for form, *_ in places] == list(cuts.at)
        and all(near(at_, cuts.at[form]) and near(se, cuts.errors[form]) for form, at_, se in places)
        and (v["higher"], v["lower"]) == (cuts.higher, cuts.lower)
        and near(v["apart"], cuts.apart)
        and near(v["low"], cuts.low)
        and near(v["high"], cuts.high)
    )


_CUTS_EN = ("The cuts are different standards on the scale of ability: {places}. To pass, form {higher} takes {apart} logits "
            "more than form {lower} (95 %: {low} to {high}).")  # fmt: skip
_CUTS_TH = ("จุดตัดของแต่ละชุดเป็นมาตรฐานที่ต่างกัน บนสเกลความสามารถ: {places} ชุด {higher} ต้องมีความสามารถสูงกว่าชุด {lower} "
            "{apart} ลอจิต (95 %: {low} ถึง {high}) จึงจะผ่าน")  # fmt: skip
says(_CUTS_EN, _CUTS_TH, lambda a: _apart(a) and a.linked, _cuts)
says(f"{_CUTS_EN} That takes the candidates of the forms as alike, since the forms share no items: if those of form "
     "{form} are less able, it is not so.",
     f"{_CUTS_TH} ข้อความนี้ถือว่าผู้เข้าสอบของแต่ละชุดมีความสามารถเท่ากัน เพราะชุดข้อสอบไม่มีข้อร่วมกัน "
     "ถ้าผู้เข้าสอบชุด {form} อ่อนกว่า ข้อความนี้ไม่เป็นจริง",
     lambda a: _apart(a) and not a.linked, lambda a, v, at: _cuts(a, v, at) and v["form"] == v["higher"])  # fmt: skip
says("The band has the scores within one SEM at the cut (Lord's binomial error) of the cut: {sem}.",
     "แถบคือคะแนนที่ห่างจากจุดตัดไม่เกินหนึ่งความคลาดเคลื่อนมาตรฐานของการวัดที่คะแนนจุดตัด (แบบทวินามของ Lord): {sem}",
     lambda a: a.facts.has_cut and a.facts.by_lord and not a.facts.in_points,
     lambda a, v, at: any(near(v["sem"], form.lord(float(a.facts.cut(name) or 0))) for name, form in a.forms.items()))  # fmt: skip
says("The higher, the surer at that ability; it should be high about the cut score. On the right: the standard error of "
     "ability, in logits.",
     "ยิ่งสูงยิ่งวัดแม่นที่ความสามารถนั้น ควรสูงใกล้จุดตัด แกนขวาคือความคลาดเคลื่อนมาตรฐานของความสามารถ (ลอจิต)",
     lambda a: a.columns)  # fmt: skip
_MAP_EN = "Left: candidates by ability. Right: items by difficulty (b). Where there are people and no items, little is measured."
_MAP_TH = "ซ้ายคือจำนวนผู้เข้าสอบตามความสามารถ ขวาคือข้อสอบตามความยาก (b) ช่วงใดมีคนมากแต่ไม่มีข้อ ช่วงนั้นวัดได้ไม่แม่น"
says(_MAP_EN, _MAP_TH, lambda a: a.columns and len(a.forms) == 1)
says(f"{_MAP_EN} The maps of all forms are on one scale, by the items that forms share.",
     f"{_MAP_TH} ทุกชุดอยู่บนสเกลเดียวกันโดยข้อร่วม", lambda a: len(a.forms) > 1 and a.linked)  # fmt: skip
says(f"{_MAP_EN} The forms share no items, so they are not on one scale: places on different forms compare only if their "
     "candidates are alike.",
     f"{_MAP_TH} ชุดข้อสอบไม่มีข้อร่วมกัน จึงไม่ได้อยู่บนสเกลเดียวกัน ตำแหน่งในชุดต่างกันเทียบกันได้ต่อเมื่อผู้เข้าสอบของแต่ละชุดมีความสามารถเท่ากัน",
     lambda a: not a.linked)  # fmt: skip

# ── scores of parts ──────────────────────────────────────────────────────────────────────────

for _en, _is_one in (("The score for {names} tells", True), ("The scores for {names} tell", False)):
    for _end, _thai_end, _total in (
        ("decide by the total", "ให้ตัดสินด้วยคะแนนรวม", True),
        ("decide by {instead}", "ให้ตัดสินด้วย {instead}", False),
    ):
        says(f"{_en} no more than the total: {_end}, a status is a hint (items in brackets).",
             f"คะแนนของ {{names}} ไม่ได้บอกอะไรมากกว่าคะแนนรวม: {_thai_end} สถานะเป็นเพียงข้อบ่งชี้ (ในวงเล็บคือจำนวนข้อ)",
             lambda a, one=_is_one, total=_total: any(
                 (instead == "total") == total and (len(names) == 1) == one for instead, names in no_more(a).items()
             ),  # type: ignore[misc]
             lambda a, v, at, total=_total: no_more(a).get("total" if total else v["instead"])
             == v["names"].split(", "))  # fmt: skip
