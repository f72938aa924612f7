"""Statements of a candidate's report on points, criteria, what to work on and what was changed."""

from __future__ import annotations

import re
from collections.abc import Iterable
from decimal import Decimal
from math import comb

from tests.reports.sentences.places import Place
from tests.reports.sentences.statement import (
    CANDIDATE,
    COHORT,
    COMMITTEE,
    COVERAGE,
    LIST,
    About,
    Catalogue,
    row,
    same,
)

says = Catalogue(CANDIDATE)
Values = dict[str, str]


def _printed(a: About) -> int:
    """How many questions the candidate's form has."""
    return sum(row["form"] == a.who.form for row in a.facts.key)


# ── points ───────────────────────────────────────────────────────────────────────────────────

says(
    "{answered} questions answered, {blank} left blank, {multiple} marked more than once, {invalid} unreadable",
    says=lambda a, v, at: {name: int(n) for name, n in v.items()} == a.who.marks,
)
says(
    "Of these {n} questions, those that count for the score: {counted}.",
    when=lambda a: sum(a.who.marks.values()) != a.who.n_items,
    says=lambda a, v, at: (int(v["n"]), int(v["counted"])) == (_printed(a), a.who.n_items),
)
says(
    "A wrong answer costs points: 1/(k − 1) of a point on a question of k options. A question left blank costs "
    "nothing.",
    when=lambda a: a.facts.scoring["wrong"] == "by_options",
    kinds=(CANDIDATE, COHORT, COMMITTEE, LIST),
)
says(
    "A wrong answer costs points: {share} of those of the question. A question left blank costs nothing.",
    when=lambda a: a.facts.is_penal and a.facts.scoring["wrong"] != "by_options",
    kinds=(CANDIDATE, COHORT, COMMITTEE, LIST),
)
says(
    "A total below 0 is shown as 0.",
    when=lambda a: a.facts.is_penal and a.facts.scoring["floor"] == "total",
    kinds=(CANDIDATE, COHORT, COMMITTEE, LIST),
)
says(
    "A question with several right answers may earn a part of its points.",
    when=lambda a: a.facts.scoring["several"] == "partial",
    kinds=(CANDIDATE, COHORT, COMMITTEE, LIST),
)


def _of_row(a: About, v: Values, at: str) -> bool:
    code = row(at).split(" ")[0] if row(at) else ""
    if not code:  # beside a part of the rule
        return any(same(v["points"], one.points) for one in a.who.places.values())
    return same(v["points"], a.who.places[code].points)


def _items(a: About, v: Values, at: str) -> bool:
    code = row(at).split(" ")[0]
    asked = int(v.get("n", 1))
    return _of_row(a, v, at) and (not code or a.who.places[code].asked == asked)


def _some(a: About, *, more: bool) -> bool:
    return any(one.asked > 1 if more else one.asked == 1 for one in a.who.places.values())


says("{points} of {n} items", when=lambda a: not a.facts.in_points and _some(a, more=True), says=_items)
says("{points} of 1 item", when=lambda a: not a.facts.in_points and _some(a, more=False), says=_items)
says("{points} of {most} points, {n} items", when=lambda a: a.facts.in_points, says=_items)

# ── from where on it is met ──────────────────────────────────────────────────────────────────


def _levels(a: About) -> dict[str, str]:
    """Unit → the share of its points from which on it, and what it has, is met."""
    rule = a.facts.judgement
    return {unit["code"]: str(rule["units"].get(unit["code"], rule["percent"])) for unit in a.facts.units}


_MET_KINDS = (CANDIDATE, COHORT, COVERAGE, COMMITTEE)


def _is_decided(a: About) -> bool:
    """Whether the decision is the status of the one unit."""
    return a.facts.rule is not None and len(a.facts.units) == 1


for _message, _of_unit in (
    ("A criterion, an element or a unit is met from {percent} % of its points on, and judged where {n} items or "
     "more of it count.", True),
    ("A criterion or an element is met from {percent} % of its points on, and judged where {n} items or more of it "
     "count.", False),
):  # fmt: skip
    says(
        _message,
        when=lambda a, of_unit=_of_unit: (
            _is_decided(a) != of_unit
            and not a.facts.judgement.get("certainty")
            and len({*_levels(a).values()}) == 1
            and (a.facts.n or a.kind != COHORT)
        ),
        says=lambda a, v, at: (
            {v["percent"]} == {*_levels(a).values()} and int(v["n"]) == a.facts.judgement["min_items"]
        ),
        kinds=_MET_KINDS,
    )
says(
    "The status of the unit follows the decision: it is met where the exam is passed.",
    when=lambda a: _is_decided(a) and (a.facts.n or a.kind != COHORT),
    kinds=_MET_KINDS,
)
says(
    "The decision is on all units together; the status of each rests on its own points.",
    when=lambda a: a.facts.rule is not None and len(a.facts.units) > 1,
    kinds=_MET_KINDS,
)
says(
    "A criterion, an element or a unit is judged where {n} items or more of it count, and met from this share "
    "of its points on: {units}.",
    when=lambda a: len({*_levels(a).values()}) > 1 and (a.facts.n or a.kind != COHORT),
    kinds=_MET_KINDS,
)
for _message, _of_unit in (
    ("The standard of a criterion, an element or a unit is {percent} % of its points; it is judged where {n} items "
     "or more of it count, and is met, or not met, where that is {certainty} % certain.", True),
    ("The standard of a criterion or an element is {percent} % of its points; it is judged where {n} items or more "
     "of it count, and is met, or not met, where that is {certainty} % certain.", False),
):  # fmt: skip
    says(
        _message,
        when=lambda a, of_unit=_of_unit: (
            _is_decided(a) != of_unit
            and a.facts.judgement.get("certainty")
            and len({*_levels(a).values()}) == 1
            and (a.facts.n or a.kind != COHORT)
        ),
        says=lambda a, v, at: (
            {v["percent"]} == {*_levels(a).values()}
            and int(v["n"]) == a.facts.judgement["min_items"]
            and same(v["certainty"], a.facts.judgement["certainty"]["percent"])
        ),
        kinds=_MET_KINDS,
    )
says(
    "The standard of a criterion, an element or a unit is this share of its points: {units}. It is judged where "
    "{n} items or more of it count, and is met, or not met, where that is {certainty} % certain.",
    when=lambda a: (
        a.facts.judgement.get("certainty")
        and len({*_levels(a).values()}) > 1
        and (a.facts.n or a.kind != COHORT)
    ),
    kinds=_MET_KINDS,
)


def _statuses_by_count(a: About) -> dict[tuple[int, int], float] | None:
    """Items of the judged criteria and how many of them are met → the share of statuses that are wrong, by a sum
    over true shares; None where points are no count of right items of some criterion."""
    found: dict[tuple[int, int], float] = {}
    rows: dict[tuple[str, str, str], list[dict[str, str]]] = {}
    for one in a.facts.scale:
        if one["level"] == "pc" and one["status"] in ("met", "not_met", "undecided"):
            rows.setdefault((one["unit"], one["pc"], one["forms"]), []).append(one)
    for (unit, _, _), own in rows.items():
        n, points = int(own[0]["asked"]), sorted(float(one["correct"]) for one in own)
        if points != list(range(n + 1)) or a.facts.in_points:
            return None
        standard = float(_levels(a)[unit]) / 100
        least = min((int(float(one["correct"])) for one in own if one["status"] == "met"), default=n + 1)
        low, high, wrong = max(standard - 0.3, 0), min(standard + 0.3, 1), []
        for k in range(1000):
            true = low + (high - low) * (k + 0.5) / 1000
            met = sum(comb(n, x) * true**x * (1 - true) ** (n - x) for x in range(least, n + 1))
            wrong.append(met if true < standard else 1 - met)
        found[n, least] = 100 * sum(wrong) / 1000
    return found


def _ends_are(text: str, values: Iterable[float], by: float) -> bool:
    ends = [float(one) for one in text.split("–")]
    return abs(ends[0] - min(values)) <= by and abs(ends[-1] - max(values)) <= by


def _is_judged(a: About) -> bool:
    """Whether any criterion is judged, so that there are statuses, and no certainty is asked of them."""
    return (
        not a.facts.judgement.get("certainty")
        and (a.facts.n or a.kind != COHORT)
        and any(one["level"] == "pc" and one["status"] in ("met", "not_met") for one in a.facts.scale)
    )


says(
    "Of such statuses of criteria, on {items} items each, about {share} in 100 are wrong among candidates whose "
    "true shares are spread evenly within {around} points of the standard: each is a hint of what to study, not a "
    "finding.",
    when=lambda a: _is_judged(a) and _statuses_by_count(a) is not None,
    says=lambda a, v, at: (
        v["around"] == "30"
        and _ends_are(v["items"], [n for n, _ in _statuses_by_count(a) or ()], 0)
        and _ends_are(v["share"], (_statuses_by_count(a) or {}).values(), 0.51)
    ),
    kinds=_MET_KINDS,
)
says(
    "A status that rests on few items is often wrong: it is a hint of what to study, not a finding.",
    when=lambda a: _is_judged(a) and _statuses_by_count(a) is None,
    kinds=_MET_KINDS,
)

# ── notes and what to work on ────────────────────────────────────────────────────────────────


def _has(a: About, status: str) -> bool:
    return any(one.status == status for one in a.who.places.values())


says(
    "Too few items: fewer than {n} items count here, so neither met nor not met can be said. This is no fault "
    "of the candidate.",
    when=lambda a: _has(a, "insufficient"),
    says=lambda a, v, at: int(v["n"]) == a.facts.judgement["min_items"],
)


def _left_some(a: About) -> bool:
    """Whether some questions were left blank, but not all."""
    return a.who.marks["blank"] > 0 and not a.who.is_blank


says(
    "A question left blank earns no points in the results that it belongs to, though it does not show what the "
    "candidate cannot do.",
    when=_left_some,
)
says(
    "That does not hold for a question that counts for nobody, or whose points everybody has.",
    when=lambda a: _left_some(a) and (a.who.n_items < _printed(a) or a.who.changed("credit_all")),
)
says(
    "No answer was marked in {codes}: that alone is why it is not met.",
    "No answer was marked in {codes}: that alone is why they are not met.",
    when=lambda a: not a.who.is_blank and a.who.unmarked,
    says=lambda a, v, at: v["codes"].split(", ") == a.who.unmarked,
)
says("Not assessed: no item about it counts on this paper.", when=lambda a: _has(a, "not_assessed"))


def _undecided(a: About) -> list[Place]:
    return [one for one in a.who.places.values() if one.status == "undecided"]


def _tallies(a: About, v: Values, at: str) -> bool:
    """With how many points (or items) right of how many the undecided places are told, each once."""
    said = v["tallies"].removesuffix(" …").split("; ")
    all_of_them = {(one.points.normalize(), one.asked) for one in _undecided(a)}
    found = set()
    for one in said:
        numbers = [Decimal(n) for n in re.findall(r"[−-]?\d+(?:\.\d+)?", one.replace("−", "-"))]
        found.add((numbers[0].normalize(), int(numbers[-1])))
    whole = len(said) == 6 if v["tallies"].endswith(" …") else found == all_of_them
    return whole and found <= all_of_them and same(v["certainty"], a.facts.certainty["percent"])


says(
    "Undecided: with {tallies}, it cannot be told with {certainty} % certainty whether the share of points that "
    "the candidate would have on average reaches the standard: neither met nor not met can be said.",
    when=_undecided,
    says=_tallies,
)
says(
    "The bar is the percentage of points; the thin line below it is the {confidence} % interval: the longer it "
    "is, the less exact is the percentage. The upright mark is the standard: a criterion counts as met, or as "
    "not met, where that is {certainty} % certain.",
    when=lambda a: not a.who.is_blank and a.facts.certainty,
    says=lambda a, v, at: (
        same(v["confidence"], a.facts.judgement["confidence"])
        and same(v["certainty"], a.facts.certainty["percent"])
    ),
)
says(
    "The bar is the percentage of points. The upright mark is the standard: a criterion counts as met, or as not "
    "met, where that is {certainty} % certain.",
    when=lambda a: a.who.is_blank and a.facts.certainty,
    says=lambda a, v, at: same(v["certainty"], a.facts.certainty["percent"]),
)
says(
    "The bar is the percentage of points; the thin line below it is the {confidence} % interval: the longer it "
    "is, the less exact is the percentage. The upright mark is where a criterion counts as met.",
    when=lambda a: not a.who.is_blank and not a.facts.certainty,
    says=lambda a, v, at: same(v["confidence"], a.facts.judgement["confidence"]),
)
says(
    "The bar is the percentage of points. The upright mark is where a criterion counts as met.",
    when=lambda a: a.who.is_blank and not a.facts.certainty,
)
says(
    "To have this result explained or reviewed, contact the body that held the exam. Give the candidate number and the run, which is at the foot of the page."
)


def _criteria(a: About) -> list[Place]:
    return [one for one in a.who.places.values() if one.level == "pc"]


says(
    "Start with these performance criteria, which are not met yet.",
    when=lambda a: (
        a.who.missed and all(one.level == "pc" for one in a.who.missed) and a.facts.judgement.get("certainty")
    ),
)
says(
    "Start with these performance criteria, whose status is not met: a hint of what to study first.",
    when=lambda a: (
        a.who.missed
        and all(one.level == "pc" for one in a.who.missed)
        and not a.facts.judgement.get("certainty")
    ),
)
says(
    "Start with these, which are not met yet. A whole element or unit stands here where too few items were "
    "asked of each of its criteria to judge them one by one.",
    when=lambda a: any(one.level != "pc" for one in a.who.missed) and not a.facts.certainty,
)
says(
    "Start with these, which are not met yet. A whole element or unit stands here where none of its criteria "
    "could be told to be not met one by one, for too few items.",
    when=lambda a: any(one.level != "pc" for one in a.who.missed) and a.facts.certainty,
)


def _open(a: About) -> bool:
    return any(one.status == "undecided" for one in _criteria(a))


says("What is undecided may need work, too.", when=_open)
says("No criterion is certain to be not met.", when=lambda a: _open(a) and not a.who.missed)
says(
    "No question was answered: that alone is why these are not met. It says nothing of what the candidate can "
    "do.",
    when=lambda a: a.who.is_blank and a.who.missed,
)
says(
    "Every criterion that could be judged is met.",
    when=lambda a: not a.who.missed and any(one.is_judged for one in _criteria(a)) and not _open(a),
)
says(
    "No criterion could be judged: there is nothing to advise.",
    when=lambda a: not a.who.missed and not any(one.is_judged for one in _criteria(a)),
)
says("The exam is not passed all the same:", when=lambda a: not a.who.missed and a.who["decision"] == "fail")
_LISTS = ("skills", "knowledge")
says(
    "What the standard names for the whole unit, to study from:",
    when=lambda a: a.who.missed and any(unit.get(name) for unit in a.facts.units for name in _LISTS),
)
for _name in _LISTS:
    says(
        _name.capitalize(),
        when=lambda a, name=_name: a.who.missed and any(unit.get(name) for unit in a.facts.units),
    )

# ── what was changed ─────────────────────────────────────────────────────────────────────────


def _questions(*kinds: str) -> dict[str, object]:
    return {
        "when": lambda a: a.who.changed(*kinds),
        "says": lambda a, v, at: [int(q) for q in v["questions"].split(", ")] == a.who.changed(*kinds),
    }


says(
    "Question {questions} was dropped after the exam: it counts for nobody.",
    "Questions {questions} were dropped after the exam: they count for nobody.",
    **_questions("drop"),  # type: ignore[arg-type]
)
says(
    "The key of question {questions} was corrected after the exam: the score is by what is right.",
    "The keys of questions {questions} were corrected after the exam: the score is by what is right.",
    **_questions("rekey"),  # type: ignore[arg-type]
)
says(
    "A further answer to question {questions} was accepted as right after the exam.",
    "A further answer to each of questions {questions} was accepted as right after the exam.",
    **_questions("accept"),  # type: ignore[arg-type]
)
says(
    "It was decided after the exam that everybody has the points of question {questions}.",
    "It was decided after the exam that everybody has the points of questions {questions}.",
    **_questions("credit_all"),  # type: ignore[arg-type]
)
says(
    "The results by the standard count them, whatever was answered.",
    when=lambda a: a.who.changed("credit_all"),
)
says(
    "It was decided after the exam that whoever answered question {questions} has its points.",
    "It was decided after the exam that whoever answered questions {questions} has their points.",
    **_questions("credit_answered"),  # type: ignore[arg-type]
)


def _partly(a: About) -> list[str]:
    """Units and elements that are judged and were not asked whole: with how many of their criteria."""
    found = []
    for unit in a.facts.units:
        parts = [(unit["code"], [c["code"] for e in unit["elements"] for c in e["criteria"]])]
        parts += [(e["code"], [c["code"] for c in e["criteria"]]) for e in unit["elements"]]
        for code, own in parts:
            forms = [a.who.form] if a.kind == CANDIDATE else list(a.facts.of_forms)
            n_items = [sum(a.facts.asked[form][pc] for pc in own) for form in forms]
            asked = [sum(a.facts.asked[form][pc] > 0 for pc in own) for form in forms]
            judged = max(n_items, default=0) >= a.facts.judgement["min_items"]
            if judged and min(asked) < len(own):
                ends = sorted({min(asked), max(asked)})
                found.append(f"{code} {'–'.join(map(str, ends))}/{len(own)}")
    return found


says(
    "Units and elements are judged only by those of their criteria with items that count: {parts}.",
    when=_partly,
    says=lambda a, v, at: sorted(v["parts"].split(", ")) == sorted(_partly(a)),
    kinds=(CANDIDATE, COHORT),
)
_KINDS = ("drop", "rekey", "accept", "credit_all", "credit_answered")
says(
    "Changed after the exam",
    when=lambda a: a.who.changed(*_KINDS) or a.facts.told_before(a.who["candidate_id"]),
)


def _replaced(a: About) -> dict[str, str] | None:
    return a.facts.told_before(a.who["candidate_id"])


def _other(a: About) -> dict[str, str] | None:
    """What was told before, where score or decision were another."""
    told = _replaced(a)
    return None if told is None or told["same"] else told


def _beside(a: About, *, criteria: bool, standing: bool) -> bool:
    """Whether score and decision are as they were, but results of criteria or what stands beside the score."""
    told = _replaced(a)
    return bool(told and told["same"]) and (bool(told["criteria"]), bool(told["standing"])) == (
        criteria,
        standing,
    )  # type: ignore[index]


says(
    "This report replaces that of run {run}, which was released before.",
    when=_replaced,
    says=lambda a, v, at: int(v["run"]) == a.facts.releases[-2]["run"],
)
says(
    "The score and the decision are as they were; results of single criteria are not.",
    when=lambda a: any(_beside(a, criteria=True, standing=one) for one in (True, False)),
)
says(
    "Figures beside the score, such as the rank or the scaled score, have changed, too.",
    when=lambda a: _beside(a, criteria=True, standing=True),
)
says(
    "The score and the decision are as they were; figures beside the score, such as the rank or the scaled "
    "score, have changed.",
    when=lambda a: _beside(a, criteria=False, standing=True),
)
says(
    "There the score was {score} of {most} points.",
    when=_other,
    says=lambda a, v, at: same(v["score"], (_other(a) or {})["score"]),
)
says("The decision was: passed.", when=lambda a: (_other(a) or {}).get("decision") == "pass")
says("The decision was: not passed.", when=lambda a: (_other(a) or {}).get("decision") == "fail")
