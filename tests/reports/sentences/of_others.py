"""Statements of the reports on centres and forms, and on the coverage of the standard."""

from __future__ import annotations

from collections.abc import Mapping

from tests.reports.sentences.facts import JUDGED, MIN_N
from tests.reports.sentences.statement import CENTRE, COMMITTEE, COVERAGE, About, Catalogue, number, row

says = Catalogue(CENTRE)
covers = Catalogue(COVERAGE)

# ── centres ──────────────────────────────────────────────────────────────────────────────────


def _large(a: About) -> list[str]:
    return [name for name, n in a.facts.places.items() if name and n >= MIN_N]


def _drawn(a: About) -> bool:
    return a.facts.rule is not None and len(_large(a)) > 1


def _small(a: About) -> list[str]:
    return [name for name, n in a.facts.places.items() if name and n < MIN_N]


says(
    "Neither the answers nor the roster nor the list of candidates names a centre: rooms stand in place of "
    "centres, and what is said of a centre is said of a room.",
    when=lambda a: a.facts.n and a.facts.place == "room",
)
says(
    "Neither a centre nor a room is named: answer files stand in place of centres, and what is said of a centre "
    "is said of a file.",
    when=lambda a: a.facts.n and a.facts.place == "file" and a.facts.places,
)
says(
    "Neither the answers nor the roster nor the list of candidates says where candidates sat: no centres are "
    "told apart.",
    when=lambda a: a.facts.n and not a.facts.places,
)
says(
    "The answers, the roster and the list of candidates do not name the same centre for {n} candidate, who is "
    "counted at the centre of the answers, or else of the roster.",
    "The answers, the roster and the list of candidates do not name the same centre for {n} candidates, who are "
    "counted at the centre of the answers, or else of the roster.",
    when=lambda a: a.facts.of_two_centres,
    says=lambda a, v, at: number(v["n"]) == a.facts.of_two_centres,
)
says(
    "no centre given",
    when=lambda a: a.facts.place == "centre" and a.facts.places[""],
    kinds=(CENTRE, COMMITTEE),
)
says(
    "Each point is a centre. The fewer its candidates, the further its pass rate may lie from that of all by "
    "chance alone: the lines say how far. Numbers lead to the table.",
    when=_drawn,
)
says(
    "Not drawn, for fewer than {n} candidates: {names}.",
    when=lambda a: _drawn(a) and _small(a),
    says=lambda a, v, at: int(v["n"]) == MIN_N and sorted(v["names"].split(", ")) == sorted(_small(a)),
)
says(
    "Not drawn: {n} candidate of no known centre.",
    "Not drawn: {n} candidates of no known centre.",
    when=lambda a: _drawn(a) and a.facts.places[""],
    says=lambda a, v, at: number(v["n"]) == a.facts.places[""],
)
says(
    "Centres compared: {n}. Outside the 95 % limits: {inner}; were all centres alike, it would be about "
    "{chance} by chance. Outside the 99.8 % limits as well: {outer}.",
    when=_drawn,
    says=lambda a, v, at: (
        number(v["n"]) == len(_large(a))
        and abs(number(v["chance"]) - 0.05 * len(_large(a))) < 0.051
        and number(v["outer"]) <= number(v["inner"]) <= len(_large(a))
    ),
)
says(
    "Limits: exact binomial, about the pass rate of all candidates, interpolated between counts (Spiegelhalter, "
    "2005). A centre outside them is a reason to look, not a finding: its candidates may differ in what they "
    "learnt and in the form that they sat, and nothing here is adjusted for that. Centres stand in the order "
    "of their names and are not ranked.",
    when=_drawn,
)
says(
    "Fewer than two centres have {n} candidates or more: no comparison of centres is drawn.",
    when=lambda a: a.facts.n and a.facts.places and a.facts.rule is not None and not _drawn(a),
)
says(
    "The exam has no pass rule: no pass rates are compared.",
    when=lambda a: a.facts.n and a.facts.places and a.facts.rule is None,
)
says(
    "Fewer than {n} candidates: counted, not compared. Their percentages mean little, as the intervals say.",
    when=lambda a: a.facts.n and any(n < MIN_N for n in a.facts.places.values()),
)


def _rates(a: About) -> Mapping[str, tuple[int, int]]:
    """Centre → who passed, of how many."""
    found: dict[str, tuple[int, int]] = {}
    for one in a.facts.candidates:
        name = a.facts.where[one["candidate_id"]].get(a.facts.place, "")
        n, of = found.get(name, (0, 0))
        found[name] = n + (one["decision"] == "pass"), of + 1
    return found


def _side(a: About, at: str, above: bool) -> bool:
    """A centre above the limits has a higher pass rate than all together."""
    name = row(at).partition(". ")[2] or row(at)
    n, of = _rates(a)[name]
    rate, of_all = n / of, a.facts.passed / a.facts.n
    return rate > of_all if above else rate < of_all


for _word, _above in (("above", True), ("below", False)):
    for _limit in ("95 %", "99.8 %"):
        says.may(
            f"{_word} {_limit}",
            when=_drawn,
            says=lambda a, v, at, above=_above: not row(at) or _side(a, at, above),
        )
says.may("within", when=_drawn)
says(
    "too few to compare",
    when=lambda a: any(n < MIN_N for n in a.facts.places.values()) and a.facts.rule is not None,
    says=lambda a, v, at: a.facts.places[row(at).partition(". ")[2] or ""] < MIN_N,
)

# ── forms ────────────────────────────────────────────────────────────────────────────────────


def _compared(a: About) -> list[str]:
    return [form for form, n in a.facts.of_forms.items() if n >= MIN_N]


says("Lines: 95 % intervals.", when=lambda a: len(a.facts.of_forms) > 1)
says("Differences of forms", when=lambda a: len(_compared(a)) > 1)
says(
    "A difference mixes the difficulty of the forms with who sat them. An interval that holds 0 does not show "
    "that forms are equal: equivalence is not claimed here, it needs an equating.",
    when=lambda a: len(_compared(a)) > 1,
)
says(
    "Fewer than two forms have {n} candidates or more: forms are not compared.",
    when=lambda a: len(a.facts.of_forms) > 1 and len(_compared(a)) < 2,
)
says(
    "There is one form: nothing to compare.",
    when=lambda a: a.facts.n and len(a.facts.printed) == 1,
)
says(
    "The exam has {printed} forms; {sat} was sat, and nothing is known of the others.",
    "The exam has {printed} forms; {sat} were sat, and nothing is known of the others.",
    when=lambda a: a.facts.n and len(a.facts.of_forms) < len(a.facts.printed),
    says=lambda a, v, at: (int(v["printed"]), int(v["sat"])) == (len(a.facts.printed), len(a.facts.of_forms)),
)
says(
    "Intervals: Wilson for pass rates, Student's t for means, Welch for their difference, Newcombe (1998) for "
    "the difference of pass rates.",
    when=lambda a: a.facts.n and a.facts.rule is not None,
)
says(
    "Intervals: Student's t for means, Welch for their difference.",
    when=lambda a: a.facts.n and a.facts.rule is None,
)

# ── coverage ─────────────────────────────────────────────────────────────────────────────────


def _never(a: About) -> list[str]:
    """Criteria that no form asks."""
    return [code for code in a.facts.codes if not any(own[code] for own in a.facts.asked_printed.values())]


covers(
    "This exam tells nothing of these criteria: they are to be assessed in another way or by another paper.",
    when=_never,
)
covers("not asked", when=_never)
covers(
    "Nothing: every criterion of the standard is asked by at least one form.",
    when=lambda a: not _never(a),
)


def _judgements(a: About) -> int:
    return a.facts.n * sum(1 for code in a.facts.codes if code not in _never(a))


def _made(a: About) -> int:
    return sum(status in JUDGED for own in a.facts.statuses.values() for status in own.values())


covers(
    "Nobody was judged in any criterion, for too few items: there is no share of candidates who met one.",
    when=lambda a: a.facts.n and not a.facts.judged,
)
covers(
    "{judged} of {all} judgements of candidates in criteria could be made. The others, for too few items, count "
    "neither as met nor as not met.",
    when=lambda a: _made(a) > 0 and a.facts.judgements["insufficient"],
    says=lambda a, v, at: number(v["judged"]) == _made(a),
)
covers(
    "Of units and elements: how many of their criteria a form asks, and how many candidates met the unit or the "
    "element in this test, judged by the points of all its criteria together."
)
covers("criteria met, of those judged")
covers("criteria judged, of all that the standard states")
covers(
    "The two shares of criteria count every candidate in every criterion: how many of the judgements that could "
    "be made are “met”, and how many could be made at all.",
    when=lambda a: a.facts.judged,
)
covers(
    "A candidate with too few items of a criterion is not judged in it and is not counted among those judged."
)
