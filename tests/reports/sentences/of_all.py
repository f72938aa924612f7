"""Statements that several reports make: release, drafts, synthetic candidates, small numbers, statuses."""

from __future__ import annotations

from tests.reports.sentences.facts import MIN_N
from tests.reports.sentences.statement import (
    CANDIDATE,
    CENTRE,
    COHORT,
    COMMITTEE,
    COVERAGE,
    GROUPS,
    KINDS,
    LIST,
    About,
    Catalogue,
    number,
    row,
)  # fmt: skip

says = Catalogue(*KINDS)

# ── the run ──────────────────────────────────────────────────────────────────────────────────

says(
    "Not released: these results may still change and are not to be told to candidates",
    when=lambda a: a.facts.state == "unreleased" and not a.facts.releases,
)
says(
    "Not released: the results that were released are those of run {n}",
    when=lambda a: a.facts.state == "unreleased" and a.facts.releases,
    says=lambda a, v, at: int(v["n"]) == a.facts.releases[-1]["run"],
)
says(
    "No longer released: run {n} has taken the place of these results",
    when=lambda a: a.facts.state == "superseded",
    says=lambda a, v, at: int(v["n"]) == a.facts.releases[-1]["run"],
)
says("not released", when=lambda a: a.facts.state == "unreleased")
says("no longer released", when=lambda a: a.facts.state == "superseded")
says(
    "Draft: {k} item was not approved by a subject-matter expert, of {n}",
    "Draft: {k} items were not approved by a subject-matter expert, of {n}",
    when=lambda a: any(a.facts.unapproved) and not all(a.facts.unapproved),
    says=lambda a, v, at: (int(v["k"]), int(v["n"])) == (sum(a.facts.unapproved), len(a.facts.unapproved)),
)
says(
    "Draft: no item of this exam was approved by a subject-matter expert",
    when=lambda a: all(a.facts.unapproved),
)
says("Synthetic candidates: nobody sat this exam", when=lambda a: 0 < a.facts.made_up == a.facts.n)
says(
    "{k} of {n} candidates are synthetic: they did not sit this exam, and every figure counts them",
    when=lambda a: 0 < a.facts.made_up < a.facts.n,
    says=lambda a, v, at: (number(v["k"]), number(v["n"])) == (a.facts.made_up, a.facts.n),
)


_METHODS = {"interview": ("interview", "สัมภาษณ์"), "portfolio": ("portfolio", "แฟ้มสะสมผลงาน")}


def _also(a: About, v: dict[str, str], at: str) -> bool:
    """The one unit of which more is asked, with the level and every method, and no other."""
    [(unit, own)] = a.facts.also.items()
    named = {code for code, words in _METHODS.items() if any(word in v["also"] for word in words)}
    place, _, _ = v["also"].partition(":")
    level = str(a.facts.exam["blueprint"]["level"])
    return (named, v["which"]) == (own, unit) and place.startswith(unit) and place.endswith(level)


says(
    "Written test only: the standard also asks for other methods of assessment ({also}), whose results are "
    "not held here. Every decision and status here is of the written test; none says that {which} is met.",
    when=lambda a: len(a.facts.also) == 1,
    says=_also,
)
for _word in ("Scope", "written test only"):
    says(_word, when=lambda a: a.facts.also, kinds=(*GROUPS, CANDIDATE))

# ── how many ─────────────────────────────────────────────────────────────────────────────────

says(
    "No candidate was scored: there are no results to show.",
    when=lambda a: not a.facts.n,
    kinds=(COHORT, CENTRE, COVERAGE, COMMITTEE),
)
says(
    "Fewer than {n} candidates: read every percentage with its count and its interval.",
    when=lambda a: 0 < a.facts.n < MIN_N,
    says=lambda a, v, at: int(v["n"]) == MIN_N,
    kinds=GROUPS,
)
says(
    "passed: {passed} of {n}; 95 % interval {interval}",
    when=lambda a: a.facts.rule is not None,
    says=lambda a, v, at: (number(v["passed"]), number(v["n"])) == (a.facts.passed, a.facts.n),
    kinds=(COHORT, CENTRE, COMMITTEE),
)


# ── decisions and statuses ───────────────────────────────────────────────────────────────────


def _decided(decision: str, word: str) -> None:
    def of_row(a: About, v: dict[str, str], at: str) -> bool:
        is_before = ("Corrections" in at or "การแก้เฉลย" in at) and at.endswith("column 5")
        found = {who: told[1] for who, told in a.facts.decisions.items()}
        if not is_before:
            return found.get(row(at), decision) == decision
        # of whom the corrections moved, and of who is otherwise than in the run before
        tables = [one[row(at)] for one in (a.facts.by_key, a.facts.since_before) if row(at) in one]
        return not tables or any(then is not None and then[1] == decision for then, _ in tables)

    # the legends of figures have both words, whoever passed
    says.may(
        word, when=lambda a: a.facts.rule is not None, says=of_row, kinds=(COHORT, CENTRE, COMMITTEE, LIST)
    )
    says(word, when=lambda a: a.who["decision"] == decision and not a.facts.also, kinds=(CANDIDATE,))
    says(
        f"Written test {'passed' if decision == 'pass' else 'not passed'}",
        when=lambda a: a.who["decision"] == decision and a.facts.also,
        kinds=(CANDIDATE,),
    )


_decided("pass", "Pass")
_decided("fail", "Not passed")
says(
    "Decision on the written test",
    when=lambda a: a.facts.also and a.facts.rule is not None,
    kinds=(LIST,),
)
says.may("Decision on the written test", when=lambda a: a.facts.also, kinds=(COHORT, COMMITTEE))


for _word in (
    "Near the cut", "Decisions near the cut", "near the cut, for a second look", "second look", "pass now", "fail now",
    "Decision before", "Decision now", "pass rate, %", "pass rate, percentage points", "Passed, %", "cut, %",
    "cut, points", "Forms: mean score and pass rate",
):  # fmt: skip
    says.may(_word, when=lambda a: a.facts.rule is not None, kinds=GROUPS)
says("How it was decided", when=lambda a: a.facts.rule is not None, kinds=(COMMITTEE,))
says("How it was scored", when=lambda a: a.facts.rule is None, kinds=(COMMITTEE,))
says("Forms: mean score", when=lambda a: a.facts.rule is None and len(a.facts.of_forms) > 1, kinds=(CENTRE,))


def _status(status: str, word: str) -> None:
    def is_so(a: About) -> bool:
        return any(
            one.status == status
            and not (one.level == "unit" and a.facts.also and status in ("met", "not_met"))
            for one in a.who.places.values()
        )

    says(
        word,
        when=is_so,
        says=lambda a, v, at: a.who.places[row(at).split(" ")[0]].status == status if row(at) else True,
        kinds=(CANDIDATE,),
    )
    # in the legend of a figure every sign stands
    says.may(word, kinds=(COHORT,))


for _code, _word in (("met", "met"), ("not_met", "not met")):
    says(
        f"written test: {_word}",
        when=lambda a, code=_code: any(
            one.level == "unit" and one.status == code and name in a.facts.also
            for name, one in a.who.places.items()
        ),
        says=lambda a, v, at, code=_code: a.who.places[row(at).split(" ")[0]].status == code,
        kinds=(CANDIDATE,),
    )
_status("met", "met")
_status("not_met", "not met")
_status("undecided", "undecided")
_status("insufficient", "too few items")
_status("not_assessed", "not assessed")
