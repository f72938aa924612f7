"""Questions with rules of scoring, made from the specifications: each with the key that its rules have.

Rules are drawn as data, and what they score is told here from the texts of the standards, by nothing of
examgen. The key is the answer that earns the most; where the best answers are several, the one that all of
them contain; where there is none, the question has no key and nothing may be read of it unasked.
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

Answer = frozenset[int]


class Made(NamedTuple):
    """A file with one question: its format, what is in it, and its key; None where it has none."""

    format: str
    style: str
    data: str
    key: Answer | None


def made(seed: int) -> Made:
    """A question by its number: formats and styles take turns, all else is drawn."""
    rng = random.Random(seed)
    return _MAKERS[seed % len(_MAKERS)](rng)


def answers(n: int, several: bool) -> list[Answer]:
    """Every answer that can be given."""
    sizes = range(n + 1) if several else range(2)
    return [frozenset(one) for size in sizes for one in itertools.combinations(range(n), size)]


def key_of(n: int, several: bool, score: Callable[[Answer], float]) -> Answer | None:
    """The answer with the highest score; of several the one that the others contain."""
    scores = {one: score(one) for one in answers(n, several)}
    most = max(scores.values())
    best = [one for one, value in scores.items() if value > most - 1e-6]
    least = min(best, key=len)
    return least if least and most > 1e-6 and all(least <= one for one in best) else None


def _drawn_key(rng: random.Random, n: int, several: bool) -> Answer:
    return frozenset(rng.sample(range(n), rng.randint(1, max(1, n - 1)) if several else 1))


def _names(rng: random.Random, n: int) -> list[str]:
    kind = rng.randrange(3)
    if kind == 0:
        return list("ABCDEFG"[:n])
    if kind == 1:
        return [str(rng.randrange(10**8, 10**9)) for _ in range(n)]
    return rng.sample([f"choice_{k}" for k in range(9)], n)


# ── QTI 2.1, 2.2, 3.0 ────────────────────────────────────────────────────────────────────────


def _points(rng: random.Random) -> float:
    return rng.choice((1.0, 100.0, 10.0, 2.5))


def _places(key: Answer | None, shown: Sequence[int]) -> Answer | None:
    """A key by the places at which its options stand in the file."""
    return None if key is None else frozenset(shown.index(k) for k in key)


_SPACES = {
    "qti21": "http://www.imsglobal.org/xsd/imsqti_v2p1",
    "qti22": "http://www.imsglobal.org/xsd/imsqti_v2p2",
    "qti30": "http://www.imsglobal.org/xsd/imsqtiasi_v3p0",
}


class Mapping(NamedTuple):
    """What options earn: entries, what the others earn, the bounds of the sum."""

    entries: dict[int, float]
    default: float = 0.0
    low: float | None = None
    high: float | None = None

    def points(self, answer: Answer) -> float:
        """The sum over what is marked, within the bounds."""
        value = sum(self.entries.get(k, self.default) for k in answer)
        value = value if self.high is None else min(value, self.high)
        return value if self.low is None else max(value, self.low)


def _item2(rng: random.Random, format: str) -> Made:
    several = rng.random() < 0.7
    n = rng.randint(2, 6)
    names = [name if name[0].isalpha() else f"i{name}" for name in _names(rng, n)]
    key = _drawn_key(rng, n, several)
    wrong = [k for k in range(n) if k not in key]
    style = rng.choice(
        ("match", "match written", "map", "map written", "mapping alone", "members", "exact by hand", "any but wrong", "drawn mapping",
         "partial", "counted", "declared otherwise", "feedback alone", "exit", "from the top")
    )  # fmt: skip
    top = _points(rng)
    mapping: Mapping | None = None
    correct: Answer | None = key
    rules = ""
    scores: list[Callable[[Answer], float]] = [lambda answer: float(answer == key)]
    """What the rules of a style score; the last one counts."""
    is_match = '<match><variable identifier="R"/><correct identifier="R"/></match>'

    def number(value: float) -> str:
        return f'<baseValue baseType="float">{value:g}</baseValue>'

    def put(value: str, into: str = "SCORE") -> str:
        return f'<setOutcomeValue identifier="{into}">{value}</setOutcomeValue>'

    def when(*branches: tuple[str, str], otherwise: str = "") -> str:
        shown = "".join(
            f"<response{'If' if not at else 'ElseIf'}>{test}{body}</response{'If' if not at else 'ElseIf'}>"
            for at, (test, body) in enumerate(branches)
        )
        last = f"<responseElse>{otherwise}</responseElse>" if otherwise else ""
        return f"<responseCondition>{shown}{last}</responseCondition>"

    def has(k: int) -> str:
        option = f'<baseValue baseType="identifier">{names[k]}</baseValue>'
        tag = "member" if several else "match"
        return f'<{tag}>{option}<variable identifier="R"/></{tag}>'

    def all_of(places: Iterable[int], tag: str = "and") -> str:
        return f"<{tag}>{''.join(map(has, places))}</{tag}>"

    def more(value: float) -> str:
        return put(f'<sum><variable identifier="SCORE"/>{number(value)}</sum>')

    template = ""
    start = 0.0
    if style == "match":
        template = "match_correct"
    elif style == "match written":
        rules = when((is_match, put(number(top))), otherwise=put(number(rng.choice((0.0, -1.0)))))
    elif style in ("map", "map written", "mapping alone", "drawn mapping"):
        if style == "drawn mapping":
            entries = {k: float(rng.randint(-2, 3)) for k in range(n) if rng.random() < 0.8}
            mapping = Mapping(
                entries,
                float(rng.choice((0, 0, 1, -1))),
                rng.choice((None, 0.0)),
                rng.choice((None, 2.0, 4.0)),
            )
            correct = None if rng.random() < 0.6 else key
        else:
            entries = {k: top / len(key) for k in key}
            entries |= {k: -top / 2 for k in wrong if rng.random() < 0.5}
            mapping = Mapping(
                entries, rng.choice((0.0, -top)), rng.choice((None, 0.0)), rng.choice((None, top))
            )
        scores.append(mapping.points)
        template = (
            "map_response" if style == "map" or (style == "drawn mapping" and rng.random() < 0.5) else ""
        )
        if style == "mapping alone":
            correct = None
        if style == "map written" or (style == "drawn mapping" and not template):
            rules = when(
                ('<isNull><variable identifier="R"/></isNull>', put(number(0))),
                otherwise=put('<mapResponse identifier="R"/>'),
            )
            scores.append(lambda answer: mapping.points(answer) if answer else 0.0)  # type: ignore[union-attr]
        if template:  # the template sets 0 where nothing is marked
            scores.append(lambda answer: mapping.points(answer) if answer else 0.0)  # type: ignore[union-attr]
    elif style == "members":
        parts = [when((has(k), more(top / len(key) if k in key else -top / 2))) for k in range(n)]
        rng.shuffle(parts)
        rules = "".join(parts)
        scores.append(lambda answer: sum(top / len(key) if k in key else -top / 2 for k in answer))
    elif style == "exact by hand":
        inside = "".join(map(has, key)) + "".join(f"<not>{has(k)}</not>" for k in wrong)
        rules = when((f"<and>{inside}</and>", put(number(top))))
        # what is marked as nothing is NULL, and so is each test of it
        scores.append(lambda answer: top * (answer == key))
    elif style == "any but wrong":
        branches = [(all_of(wrong, "or"), put(number(-1)))] if wrong else []
        rules = when(*branches, (all_of(key), put(number(top))), otherwise=put(number(0)))
        scores.append(lambda answer: -1.0 if answer & set(wrong) else top * (key <= answer))
    elif style == "partial":
        rules = when(
            (is_match, put(number(top))), (all_of(key, "or"), put(number(top / 2))), otherwise=put(number(0))
        )
        scores.append(lambda answer: top if answer == key else top / 2 if answer & key else 0.0)
    elif style == "counted":
        right, bad = all_of(key, "or"), all_of(wrong, "or") if wrong else has(min(key))
        rules = (
            when((right, put(number(1))))
            + when((all_of(key), more(2)))
            + (
                when((bad, put(f'<subtract><variable identifier="SCORE"/>{number(1)}</subtract>')))
                if wrong
                else ""
            )
        )
        scores.append(
            lambda answer: (
                (1.0 if answer & key else 0.0) + 2.0 * (key <= answer) - float(bool(answer & set(wrong)))
            )
        )
    elif style == "declared otherwise":
        correct = _drawn_key(rng, n, several)
        inside = "".join(map(has, key)) + "".join(f"<not>{has(k)}</not>" for k in wrong)
        rules = when((f"<and>{inside}</and>", put(number(top))))
        scores.append(lambda answer: top * (answer == key))
    elif style == "feedback alone":
        rules = (
            put('<variable identifier="R"/>', "FEEDBACK")
            if not several
            else when((has(0), put('<baseValue baseType="identifier">x</baseValue>', "FEEDBACK")))
        )
    elif style == "exit":
        # two ways to the score: the first that holds ends the processing
        rules = (
            when((is_match, put(number(top)) + "<exitResponse/>"))
            + put(number(top / 4))
            + when((has(0), put(number(0))))
        )
        scores.append(lambda answer: top if answer == key else 0.0 if 0 in answer else top / 4)
    else:
        start = top
        parts = [
            when((has(k), put(f'<subtract><variable identifier="SCORE"/>{number(top)}</subtract>')))
            for k in wrong
        ]
        parts += [
            when((f'<or><isNull><variable identifier="R"/></isNull><not>{has(k)}</not></or>', more(-top / 2)))
            for k in key
        ]
        rng.shuffle(parts)
        rules = "".join(parts)
        scores.append(lambda answer: top - top * len(answer - key) - top / 2 * len(key - answer))
    if style == "exact by hand" and rng.random() < 0.3:
        correct = None
    shown = list(range(n))
    rng.shuffle(shown)
    declared = (
        ""
        if correct is None
        else "<correctResponse>"
        + "".join(f"<value>{names[k]}</value>" for k in correct)
        + "</correctResponse>"
    )
    if mapping is not None:
        bounds = "".join(
            f' {name}="{value:g}"'
            for name, value in (("lowerBound", mapping.low), ("upperBound", mapping.high))
            if value is not None
        )
        inside = "".join(
            f'<mapEntry mapKey="{names[k]}" mappedValue="{value:g}"/>' for k, value in mapping.entries.items()
        )
        declared += f'<mapping defaultValue="{mapping.default:g}"{bounds}>{inside}</mapping>'
    version = {"qti21": "v2p1", "qti22": "v2p2", "qti30": "v3p0"}[format]
    processing = (
        f'<responseProcessing template="http://www.imsglobal.org/question/qti_{version}/rptemplates/{template}"/>'
        if template
        else f"<responseProcessing>{rules}</responseProcessing>"
        if rules
        else ""
    )
    options = "".join(f'<simpleChoice identifier="{names[k]}">option {k}</simpleChoice>' for k in shown)
    data = (
        f'<assessmentItem xmlns="{_SPACES[format]}" identifier="i" title="t" adaptive="false" timeDependent="false">'
        f'<responseDeclaration identifier="R" cardinality="{"multiple" if several else "single"}" baseType="identifier">'
        f'{declared}</responseDeclaration><outcomeDeclaration identifier="SCORE" cardinality="single" baseType="float">'
        f"<defaultValue><value>{start:g}</value></defaultValue></outcomeDeclaration>"
        '<outcomeDeclaration identifier="FEEDBACK" cardinality="single" baseType="identifier"/><itemBody><p>What?</p>'
        f'<choiceInteraction responseIdentifier="R" shuffle="true" maxChoices="{0 if several else 1}">{options}</choiceInteraction></itemBody>'
        f"{processing}</assessmentItem>"
    )
    found = key_of(n, several, scores[-1])
    if not rules and not template and correct is not None and mapping is None:
        found = correct
    return Made(format, style, _as_3(data) if format == "qti30" else data, _places(found, shown))


def _as_3(data: str) -> str:
    """Names of elements and attributes as QTI 3 has them."""
    import re

    def hyphened(name: str) -> str:
        return re.sub("[A-Z]", lambda one: "-" + one[0].lower(), name)

    def tag(found: re.Match[str]) -> str:
        name = found[2] if found[2] in ("p",) else f"qti-{hyphened(found[2])}"
        return (
            found[1] + name + re.sub(r"(\s)([a-zA-Z]+)(?==)", lambda one: one[1] + hyphened(one[2]), found[3])
        )

    return re.sub(r"(</?)([a-zA-Z]+)([^>]*)", tag, data)


# ── Moodle XML, GIFT ─────────────────────────────────────────────────────────────────────────

_GRADES = (
    100.0, 90.0, 80.0, 75.0, 70.0, 66.66667, 60.0, 50.0, 40.0, 33.33333, 30.0, 25.0, 20.0, 16.66667, 10.0, 5.0,
    0.0,
)  # fmt: skip


def _fractions(rng: random.Random, n: int, several: bool) -> tuple[str, list[float]]:
    key = _drawn_key(rng, n, several)
    style = rng.choice(("plain", "penalties", "partial", "drawn"))
    share = {1: 100.0, 2: 50.0, 3: 33.33333, 4: 25.0, 5: 20.0}[len(key)]
    found = [share if k in key else 0.0 for k in range(n)]
    if style == "penalties":
        found = [value or -rng.choice((share, 100.0, 50.0, 33.33333)) for value in found]
    elif style == "partial" and not several:
        found = [value or rng.choice((0.0, 50.0, 25.0, -50.0)) for value in found]
    elif style != "plain":
        found = [rng.choice(_GRADES) * rng.choice((1, 1, -1)) for _ in range(n)]
    return style, found


def _moodle_key(fractions: Sequence[float], several: bool) -> Answer | None:
    """What Moodle grades highest: the sum of what is marked, from 0 to 1; of one answer its own."""

    def score(answer: Answer) -> float:
        value = sum(fractions[k] for k in answer) / 100
        return round(min(1.0, max(0.0, value)), 4) if several else round(value, 4)

    return key_of(len(fractions), several, score)


def _moodle(rng: random.Random) -> Made:
    several, n = rng.random() < 0.7, rng.randint(2, 6)
    style, fractions = _fractions(rng, n, several)
    inside = "".join(
        f'<answer fraction="{value:.7g}" format="html"><text>option {k}</text><feedback><text>why {k}</text></feedback></answer>'
        for k, value in enumerate(fractions)
    )
    single = rng.choice(("false", "0", "False")) if several else rng.choice(("true", "1", "True"))
    data = (
        '<quiz><question type="multichoice"><name><text>n</text></name><questiontext><text>What?</text></questiontext>'
        f"<defaultgrade>1</defaultgrade><single>{single}</single>{inside}</question></quiz>"
    )
    return Made("moodle-xml", style, data, _moodle_key(fractions, several))


def _gift(rng: random.Random) -> Made:
    """`=` is all of the points of one answer; without any, weights are of several answers."""
    several, n = rng.random() < 0.7, rng.randint(2, 6)
    style, fractions = _fractions(rng, n, several)
    if not several and not any(value == 100 for value in fractions):
        fractions[rng.randrange(n)] = 100.0
    parts = []
    for k, value in enumerate(fractions):
        sign = "=" if not several and value == 100 else f"~%{value:.7g}%" if value else "~"
        parts.append(f"{sign}option {k}" + (f"#why {k}" if rng.random() < 0.3 else ""))
    return Made("gift", style, f"::n::What?{{{chr(10).join(parts)}}}", _moodle_key(fractions, several))


_MAKERS: tuple[Callable[[random.Random], Made], ...] = (
    lambda rng: _item2(rng, "qti21"), _moodle, lambda rng: _item2(rng, "qti22"), lambda rng: _item2(rng, "qti30"), _gift,
)  # fmt: skip
