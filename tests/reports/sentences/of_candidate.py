"""Statements of a candidate's report."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from decimal import Decimal
from fnmatch import fnmatchcase

from tests.reports.sentences.facts import Row
from tests.reports.sentences.places import Part, Place
from tests.reports.sentences.statement import (
    CANDIDATE,
    About,
    Catalogue,
    same,
)

says = Catalogue(CANDIDATE)
Values = dict[str, str]


def _part(a: About, *kinds: str) -> list[Part]:
    return [one for one in a.who.parts if one.kind in kinds]


def _first(a: About, *kinds: str) -> Part | None:
    """The part that failed first, where it is of these kinds."""
    failed = a.who.failed
    return failed[0] if failed and failed[0].kind in kinds else None


# ── why not ──────────────────────────────────────────────────────────────────────────────────

says("Decision and score", when=lambda a: a.facts.rule)
says.may(
    "Score {score} of {most}",
    says=lambda a, v, at: same(v["score"], a.who.score) and same(v["most"], a.who["max_score"]),
)
says("Why not passed", when=lambda a: a.who["decision"] == "fail")
says(
    "the score is {score}, and at least {cut} points are asked.",
    when=lambda a: _first(a, "total"),
    says=lambda a, v, at: same(v["score"], a.who.score) and same(v["cut"], a.who.failed[0].asked),
)
_PLACES = ("criteria", "elements", "units")


def _at(a: About) -> Place:
    return a.who.failed[0].missed[0]


says(
    "{code} is at {percent} %, and at least {asked} % is asked.",
    when=lambda a: _first(a, *_PLACES),
    says=lambda a, v, at: (
        v["code"] == _at(a).code
        and same(v["percent"], _at(a).percent)
        and same(v["asked"], a.who.failed[0].asked)
    ),
)
says(
    "This rests on few items: {asked}, where {n} are needed to judge.",
    when=lambda a: _first(a, *_PLACES) and _at(a) in a.who.failed[0].few,
    says=lambda a, v, at: (int(v["asked"]), int(v["n"])) == (_at(a).asked, _at(a).least),
)
for _of in ("criteria", "elements", "units"):
    says(
        f"{_of} at {{percent}} % or more: {{n}}, and at least {{met}} are asked.",
        when=lambda a, of=_of: _first(a, "at_least") and a.facts.rule["at_least"]["of"] == of,  # type: ignore[index]
        says=lambda a, v, at: (
            (int(v["n"]), int(v["met"])) == (a.who.failed[0].reached, a.facts.rule["at_least"]["met"])
        ),  # type: ignore[index]
    )
says("Other parts of the rule are not held either.", when=lambda a: len(a.who.failed) > 1)

# ── the rule ─────────────────────────────────────────────────────────────────────────────────

says("To pass", when=lambda a: a.who.parts)
says("held", when=lambda a: any(one.held for one in a.who.parts))
says("not held", when=lambda a: a.who.failed)


def _by_percent(a: About) -> bool:
    """Whether the cut on the total is a percentage of all points."""
    rule, most = a.facts.rule, Decimal(a.who["max_score"])
    return bool(rule) and rule["percent"] is not None and (
        a.facts.cut(a.who.form) == Decimal(str(rule["percent"])) * most / 100
    )  # fmt: skip


says(
    "at least {percent} % of all points: {cut} of {most}",
    when=_by_percent,
    says=lambda a, v, at: same(v["cut"], a.facts.cut(a.who.form)) and same(v["most"], a.who["max_score"]),
)
says(
    "at least {cut} of {most} points",
    when=lambda a: a.facts.has_cut and not _by_percent(a),
    says=lambda a, v, at: same(v["cut"], a.facts.cut(a.who.form)) and same(v["most"], a.who["max_score"]),
)
says(
    "the score is {score}",
    when=lambda a: a.facts.has_cut,
    says=lambda a, v, at: same(v["score"], a.who.score),
)
says(
    "reached in {n} of the {asked} that were asked, judged or not",
    when=lambda a: _part(a, "at_least"),
    says=lambda a, v, at: (
        (int(v["n"]), int(v["asked"])) == (_part(a, "at_least")[0].reached, _part(a, "at_least")[0].asked_of)
    ),
)
for _of, _one in (("criteria", "criterion"), ("elements", "element"), ("units", "unit")):
    says(
        f"at least {{percent}} % in every {_one} that is asked",
        when=lambda a, of=_of: a.facts.rule and "all" in a.facts.rule[of],
        says=lambda a, v, at, of=_of: same(v["percent"], a.facts.rule[of]["all"]),  # type: ignore[index]
    )
    says(
        f"at least {{met}} {_of} each at {{percent}} % or more",
        when=lambda a, of=_of: _part(a, "at_least") and a.facts.rule["at_least"]["of"] == of,  # type: ignore[index]
        says=lambda a, v, at: int(v["met"]) == a.facts.rule["at_least"]["met"],  # type: ignore[index]
    )
says(
    "at least {percent} % in {pattern}",
    when=lambda a: a.facts.rule and any(p != "all" for of in _PLACES for p in a.facts.rule[of]),  # type: ignore[index]
    says=lambda a, v, at: any(
        same(v["percent"], percent)
        for of in _PLACES
        for p, percent in a.facts.rule[of].items()  # type: ignore[index]
        if p == v["pattern"]
    ),
)


def _of_all_items(a: About) -> list[tuple[str, float]]:
    """Parts that ask a share of one place which has all items of the form: its code, and the points asked."""
    found = []
    for part, (level, names) in zip(a.who.parts, _about(a), strict=True):
        places = [
            one for one in a.who.places.values() if one.level == level and one.asked and names(one.code)
        ]
        if len(places) == 1 and places[0].asked == a.who.n_items:
            found.append((places[0].code, float(part.asked) * float(a.who["max_score"]) / 100))
    return found


def _about(a: About) -> Iterator[tuple[str, Callable[[str], bool]]]:
    """The level of the places of each part of the rule, and which of them it is about; no level of the total."""
    levels = dict(zip(_PLACES, ("pc", "element", "unit"), strict=True))
    rule = a.facts.rule or {}

    def named(*patterns: str) -> Callable[[str], bool]:
        return lambda code: any(p == "all" or fnmatchcase(code, p) for p in patterns)

    if a.facts.has_cut:
        yield "", named()
    for of in _PLACES:
        yield from ((levels[of], named(pattern)) for pattern in rule.get(of) or ())
    if rule.get("at_least"):
        yield levels[rule["at_least"]["of"]], named(*rule["at_least"]["among"])


says(
    "{code} has all items of this paper, so that this is {points} of {most} points",
    when=_of_all_items,
    says=lambda a, v, at: (
        any(v["code"] == code and same(v["points"], points) for code, points in _of_all_items(a))
        and same(v["most"], a.who["max_score"])
    ),
)
says(
    "{code}: {percent} %",
    when=lambda a: any(one.missed for one in _part(a, *_PLACES)),
    says=lambda a, v, at: any(
        place.code == v["code"] and same(v["percent"], place.percent)
        for one in _part(a, *_PLACES)
        for place in one.missed
    ),
)
says(
    "in {codes} it rests on fewer than {n} items",
    when=lambda a: any(0 < len(one.few) <= 4 for one in a.who.parts),
    says=lambda a, v, at: any(
        [place.code for place in one.few] == v["codes"].split(", ") for one in a.who.parts
    ),
)
says(
    "in {k} of these places it rests on fewer than {n} items",
    when=lambda a: any(len(one.few) > 4 for one in a.who.parts),
    says=lambda a, v, at: any(len(one.few) == int(v["k"]) for one in a.who.parts),
)


# ── what the body says ───────────────────────────────────────────────────────────────────────


def _of_body(a: About) -> dict[str, Row]:
    """The rules that concern this candidate and count from the release."""
    left = {"pass": "resitting", "fail": "validity"}.get(a.who["decision"], "")
    return {
        name: rule
        for name, rule in a.facts.body.items()
        if name not in ("name", "verify", left) and {"days", "months", "years"} & rule.keys()
    }


def _made_days(a: About, *names: str) -> list[date]:
    """The days that these rules make; there only years and days are counted."""
    if a.facts.released_on is None:
        return []
    days = []
    for name, rule in _of_body(a).items():
        if name in names:
            day = a.facts.released_on
            day = day.replace(year=day.year + rule.get("years", 0)) + timedelta(rule.get("days", 0))
            days.append(day - timedelta(name == "validity"))
    return days


def _is_one_of(days: list[date], said: str) -> bool:
    day, _, year = said.split(" ")
    return any((one.day, one.year) in ((int(day), int(year)), (int(day), int(year) - 543)) for one in days)


says(
    "For this result: until {day}.",
    when=lambda a: _made_days(a, "validity", "appeal"),
    says=lambda a, v, at: _is_one_of(_made_days(a, "validity", "appeal"), v["day"]),
)
says(
    "For this result, the first day is {day}.",
    when=lambda a: _made_days(a, "resitting"),
    says=lambda a, v, at: _is_one_of(_made_days(a, "resitting"), v["day"]),
)
says(
    "The day is not known before the result is released.",
    when=lambda a: _of_body(a) and a.facts.released_on is None,
)
says("Released on", when=lambda a: a.facts.released_on)
