"""Statements of the committee's book alone."""

from __future__ import annotations

import math
from collections import Counter
from decimal import Decimal
from fnmatch import fnmatchcase
from statistics import mean, stdev

from scipy.stats import beta, binom

from tests.reports.sentences.of_items import flagged
from tests.reports.sentences.places import Own
from tests.reports.sentences.statement import (
    CENTRE,
    COHORT,
    COMMITTEE,
    LIST,
    About,
    Catalogue,
    near,
    number,
    row,
)

says = Catalogue(COMMITTEE)

# ── who is named ─────────────────────────────────────────────────────────────────────────────


def _names(a: About) -> bool:
    return not a.facts.hidden


def _items(a: About) -> bool:
    """Whether the book names items or keys: corrections or an analysis stand in it."""
    return bool(a.facts.corrections or flagged(a) or (a.facts.analysis or {}).get("alarms"))


for _message, _who, _what in (
    ("names candidates, items and keys; for the committee alone", True, True),
    ("names candidates; for the committee alone", True, False),
    ("has codes in place of candidates, and names items and keys; for the committee alone", False, True),
    ("has codes in place of candidates; for the committee alone", False, False),
):
    says(_message, when=lambda a, who=_who, what=_what: (_names(a), _items(a)) == (who, what))
says("CONFIDENTIAL", kinds=(COMMITTEE, LIST))
for _message, _who in (
    ("names candidates; for the committee alone", True),
    ("has codes in place of candidates; for the committee alone", False),
):
    says(_message, when=lambda a, who=_who: _names(a) == who, kinds=(LIST,))

# ── the rule ─────────────────────────────────────────────────────────────────────────────────

says("To pass, all of this must hold:", when=lambda a: a.facts.rule)


def _is(a: About, name: str) -> object:
    return (a.facts.rule or {}).get(name)


says(
    "at least {percent} % of all points of the form",
    when=lambda a: _is(a, "percent") is not None,
    says=lambda a, v, at: Decimal(v["percent"]) == Decimal(str(_is(a, "percent"))),
)
_OF_METHOD = {
    "angoff": "at least the cut that judges set by the Angoff method",
    "angoff-yes-no": "at least the cut that judges set by the yes/no Angoff method",
    "ebel": "at least the cut that judges set by Ebel's method",
    "bookmark": "at least the cut that judges set by the bookmark method",
    "borderline-group": "at least the cut that borderline candidates give, as judges know them",
    "contrasting-groups": "at least the cut between candidates whom judges hold competent and others",
    "borderline-regression": "at least the cut that scores have at the grade of the border",
    "hofstee": "at least the cut of Hofstee's compromise",
}


def _method(a: About) -> str | None:
    """How judges set the cut: of the file where there is one, else Angoff if the blueprint asks for it."""
    said = _is(a, "cut")
    return str(a.facts.audit["cut"]["method"]) if said == "file" else "angoff" if said == "angoff" else None


for _name, _said in _OF_METHOD.items():
    says(_said, when=lambda a, name=_name: _method(a) == name)
says(
    "reason of the cut: {reason}",
    when=lambda a: _is(a, "cut") == "file",
    says=lambda a, v, at: v["reason"] == a.facts.audit["cut"]["reason"],
)


def _judged(a: About, *, moved: bool, candidates: bool = False) -> bool:
    cuts = a.facts.cuts
    own = [cuts[form] for form in a.facts.of_forms if form in cuts]
    return _method(a) is not None and any(
        (x["cut"] != x["judged"]) == moved and ("candidates" in x) == candidates for x in own
    )


def _as_set(a: About, v: dict[str, str], who: str) -> bool:
    """Whether the cut, its error and the number of judges or candidates are those on record."""
    own = a.facts.cuts[v["form"]]
    has_error = own.get("se") is not None
    return (
        int(v["n"]) == own[who]
        and abs(number(v["cut"]) - float(own["cut"])) < 0.0001
        and (near(v["error"], float(own["se"]), 0.0051) if has_error else v["error"] == "–")
    )


for _moved in (False, True):
    _tail, _head = (", moved to {cut}", "{sum}") if _moved else ("", "{cut}")
    says(
        f"form {{form}}: {_head} points by {{n}} judge, standard error over judges {{error}}{_tail}",
        f"form {{form}}: {_head} points by {{n}} judges, standard error over judges {{error}}{_tail}",
        when=lambda a, moved=_moved: _judged(a, moved=moved),
        says=lambda a, v, at: _as_set(a, v, "judges"),
    )
    says(
        f"form {{form}}: {_head} points from {{n}} candidate, standard error {{error}}{_tail}",
        f"form {{form}}: {_head} points from {{n}} candidates, standard error {{error}}{_tail}",
        when=lambda a, moved=_moved: _judged(a, moved=moved, candidates=True),
        says=lambda a, v, at: _as_set(a, v, "candidates"),
    )
says(
    "at least {cut} points, set by hand: {reason}",
    when=lambda a: _is(a, "cut") not in (None, "angoff", "file"),
    says=lambda a, v, at: (
        Decimal(v["cut"]) == Decimal(str(_is(a, "cut"))) and v["reason"] == _is(a, "reason")
    ),
)
for _of, _one in (("criteria", "criterion"), ("elements", "element"), ("units", "unit")):
    says(
        f"at least {{percent}} % in every {_one} that is asked",
        when=lambda a, of=_of: "all" in ((a.facts.rule or {}).get(of) or {}),
    )
    says(
        f"at least {{met}} {_of} each at {{percent}} % or more",
        when=lambda a, of=_of: ((a.facts.rule or {}).get("at_least") or {}).get("of") == of,
        says=lambda a, v, at: int(v["met"]) == a.facts.rule["at_least"]["met"],  # type: ignore[index]
    )
says(
    "at least {percent} % in {pattern}",
    when=lambda a: any(p != "all" for of in ("criteria", "elements", "units") for p in _is(a, of) or ()),  # type: ignore[attr-defined]
)

# ── the list and what is to be seen before signing ───────────────────────────────────────────


def _marks(a: About) -> Counter[str]:
    """Sign of the list → how many who were scored have it."""
    ids = {one["candidate_id"] for one in a.facts.candidates}
    found = Counter(one["what"] for one in a.facts.unreconciled if one["candidate_id"] in ids)
    found["second_look"] = len(a.facts.near)
    found["synthetic"] = a.facts.made_up if a.facts.made_up < a.facts.n else 0
    found["signal"] = len({one["candidate_id"] for one in a.facts.signals} & ids)
    return found


def _marked(sign: str, legend: str, *before: str) -> None:
    # one of the legends heads a column of the ledger as well
    says(legend, when=lambda a: _marks(a)[sign] or (sign == "not_on_roster" and a.facts.ledger))
    says(legend, when=lambda a: _marks(a)[sign], kinds=(LIST,))
    if before:
        says(
            *before,
            when=lambda a: _marks(a)[sign],
            says=lambda a, v, at: number(v["n"]) == _marks(a)[sign],
        )


_marked(
    "second_look",
    "within one SEM of the cut: for a second look",
    "† {n} candidate lies within one SEM of the cut.",
    "† {n} candidates lie within one SEM of the cut.",
)
_marked(
    "not_on_roster",
    "scored, but not on the roster",
    "§ {n} candidate is scored, but not on the roster.",
    "§ {n} candidates are scored, but not on the roster.",
)
_marked(
    "signal",
    "named by an integrity signal: to be looked at, no verdict",
    "¶ {n} candidate is named by an integrity signal.",
    "¶ {n} candidates are named by integrity signals.",
)
_marked("synthetic", "synthetic: nobody sat this")
for _sign, *_before in (
    (
        "absent_but_scored",
        "‡ {n} candidate is said to have been absent, but is scored.",
        "‡ {n} candidates are said to have been absent, but are scored.",
    ),
    (
        "other_form",
        "# {n} candidate is scored on a form that was not dealt.",
        "# {n} candidates are scored on a form that was not dealt.",
    ),
    (
        "also_in_quarantine",
        "+ {n} candidate is scored while a further row is in quarantine.",
        "+ {n} candidates are scored while a further row of each is in quarantine.",
    ),
):
    says(
        *_before,
        when=lambda a, sign=_sign: _marks(a)[sign],
        says=lambda a, v, at, sign=_sign: number(v["n"]) == _marks(a)[sign],
    )


for _sign, _legend in (
    ("absent_but_scored", "absent, but scored"),
    ("other_form", "scored on a form that was not dealt"),
    ("also_in_quarantine", "scored, and a further row is in quarantine"),
):
    says(_legend, when=lambda a, sign=_sign: _marks(a)[sign], kinds=(LIST,))


says(
    "The results that are released are those of run {n}, not of this one.",
    when=lambda a: a.facts.releases and a.facts.state != "released",
    says=lambda a, v, at: int(v["n"]) == a.facts.releases[-1]["run"] != a.facts.run,
)


def _given(a: About) -> int:
    return sum(one["kind"].startswith("credit_") for one in a.facts.corrections)


says(
    "{n} correction gives the points of a question whatever was answered: a score may have risen by that alone.",
    "{n} corrections give the points of a question each, whatever was answered: a score may have risen by that "
    "alone.",
    when=_given,
    says=lambda a, v, at: number(v["n"]) == _given(a),
)
says(
    "{n} row is in quarantine and counts for nobody.",
    "{n} rows are in quarantine and count for nobody.",
    when=lambda a: a.facts.quarantine,
    says=lambda a, v, at: number(v["n"]) == len(a.facts.quarantine),
)
says("Without a roster it is not known who should have been there.", when=lambda a: not a.facts.ledger)


def _missing(a: About) -> int:
    return sum(one["what"] == "missing" for one in a.facts.unreconciled)


says(
    "{n} candidate was present and has no row.",
    "{n} candidates were present and have no row.",
    when=_missing,
    says=lambda a, v, at: number(v["n"]) == _missing(a),
)


def _whats(a: About, *whats: str) -> int:
    return sum(one["what"] in whats for one in a.facts.unreconciled)


_NO_ROW = ("missing", "no_row", "may_be_in_quarantine")


def _left_out(a: About, *more: str) -> int:
    """Who has no row, and rows in quarantine."""
    return _whats(a, *_NO_ROW, *more) + len(a.facts.quarantine)


def _without(a: About) -> int:
    """How many of the roster have no result."""
    if not a.facts.ledger:
        return 0
    total = a.facts.ledger[0]
    return int(total["registered"]) - int(total["scored"]) - int(total["absent_but_scored"])


says(
    "{n} candidate on the roster, not recorded as absent, has no result: all their rows are in quarantine.",
    "{n} candidates on the roster, not recorded as absent, have no result: all their rows are in quarantine.",
    when=lambda a: _whats(a, "in_quarantine", "conflict"),
    says=lambda a, v, at: number(v["n"]) == _whats(a, "in_quarantine", "conflict"),
)
says(
    "{n} candidate is said to have been absent, but has a row in quarantine.",
    "{n} candidates are said to have been absent, but have rows in quarantine.",
    when=lambda a: _whats(a, "absent_in_quarantine"),
    says=lambda a, v, at: number(v["n"]) == _whats(a, "absent_in_quarantine"),
)
says("Their numbers and rows stand under “Is everybody accounted for?”.", when=_left_out)
says("Who has no row, and rows in quarantine", when=lambda a: _left_out(a, "absent"))
for _kinds in ((COMMITTEE,), (LIST,)):
    says(
        "{n} candidate on the roster has no result.",
        "{n} candidates on the roster have no result.",
        when=lambda a: a.facts.n and _without(a),
        says=lambda a, v, at: number(v["n"]) == _without(a),
        kinds=_kinds,
    )
    says(
        "No result came of {n} row, which is in quarantine.",
        "No result came of {n} rows, which are in quarantine.",
        when=lambda a: a.facts.n and a.facts.quarantine,
        says=lambda a, v, at: number(v["n"]) == len(a.facts.quarantine),
        kinds=_kinds,
    )
says(
    "They stand under “Is everybody accounted for?”.",
    when=lambda a: a.facts.n and (_without(a) or a.facts.quarantine),
)
says(
    "The committee's book names them.",
    when=lambda a: _without(a) or a.facts.quarantine,
    kinds=(LIST,),
)
says.may(  # so it stands in the place of a candidate number in a line of totals
    "Together",
    when=lambda a: any(one["reason"] == "totals_line" for one in a.facts.quarantine),
    kinds=(COMMITTEE,),
)
says(
    "The first {n}; unreconciled.csv and quarantine.csv of the run have all.",
    when=lambda a: _left_out(a, "absent") > 100,
    kinds=(COMMITTEE,),
)
says(
    "no row, and it is not known whether they came: counted as absent",
    when=lambda a: _whats(a, "no_row"),
    kinds=(COMMITTEE,),
)


def _adopted(a: About, v: dict[str, str], at: str) -> bool:
    return number(v["n"]) == a.facts.n


says(
    "We have seen this book, and adopt the result of {n} candidate in the list for signature.",
    "We have seen this book, and adopt the results of {n} candidates in the list for signature.",
    when=lambda a: a.facts.rule and not a.facts.also,
    says=_adopted,
)
says(
    "We have seen this book, and adopt the result of the written test of {n} candidate in the list for "
    "signature.",
    "We have seen this book, and adopt the results of the written test of {n} candidates in the list for "
    "signature.",
    when=lambda a: a.facts.rule and a.facts.also,
    says=_adopted,
)
says(
    "We have seen this book, and adopt the score of {n} candidate in the list for signature. Nobody passes or "
    "fails.",
    "We have seen this book, and adopt the scores of {n} candidates in the list for signature. Nobody passes or "
    "fails.",
    when=lambda a: not a.facts.rule,
    says=_adopted,
)
for _message, _more in (
    ("Passed {passed}, not passed {failed}.", False),
    ("Written test passed {passed}, not passed {failed}.", True),
):
    says(
        _message,
        when=lambda a, more=_more: a.facts.rule and bool(a.facts.also) == more,
        says=lambda a, v, at: (
            (number(v["passed"]), number(v["failed"])) == (a.facts.passed, a.facts.n - a.facts.passed)
        ),
    )


def _passed_of(a: About, v: dict[str, str], at: str) -> bool:
    n, _, of = v["passed"].partition("/")
    return a.facts.places.total() > 0 or (number(n), number(of.partition(" ")[0])) == (
        a.facts.passed,
        a.facts.n,
    )


says("passed {passed}", when=lambda a: a.facts.rule and a.facts.n, says=_passed_of)


def _counted(a: About, v: dict[str, str], at: str) -> bool:
    """All candidates, or those of a centre."""
    return number(v["n"]) in {a.facts.n, *_of_centres(a).values()}


def _of_centres(a: About) -> Counter[str]:
    return Counter(one.get(a.facts.place, "") for one in a.facts.where.values())


says("{n} candidate", "{n} candidates", says=_counted, kinds=(LIST,))
says.may("no centre given", when=lambda a: _of_centres(a)[""], kinds=(LIST,))


def _passed_listed(a: About, v: dict[str, str], at: str) -> bool:
    n, _, of = v["passed"].partition("/")
    if not of:
        return number(n) == a.facts.passed
    return (
        number(of.partition(" ")[0]) in {a.facts.n, *_of_centres(a).values()} and number(n) <= a.facts.passed
    )


says("passed {passed}", when=lambda a: a.facts.rule and a.facts.n, says=_passed_listed, kinds=(LIST,))
says(
    "From the nearest on. What is noted here is for the minutes: by itself it changes no result, no report and no "
    "release.",
    when=lambda a: a.facts.near,
)

# ── why, where the total is enough ───────────────────────────────────────────────────────────


def _everybody(a: About) -> list[Own]:
    return [Own(a.facts, *both) for both in zip(a.facts.candidates, a.facts.results, strict=True)]


def _first(a: About) -> Counter[tuple[str, str, str]]:
    """Kind, per cent and place of the first condition that failed somebody, unless it is that on the total."""
    first = [own.failed[0] for own in _everybody(a) if own.failed and not own.is_blank]
    return Counter(
        (one.kind, f"{one.asked.normalize():f}", one.missed[0].code if one.missed else "")
        for one in first
        if one.kind != "total"
    )


def _enough(a: About, v: dict[str, str]) -> bool:
    wanted = a.facts.rule["at_least"]
    return number(v["met"]) == wanted["met"] and number(v["n"]) == _first(a)["at_least", v["percent"], ""]


_RULED = (COHORT, CENTRE, COMMITTEE)


def _causes(a: About) -> set[str]:
    """Kinds of the part that failed somebody first; `blank` of a sheet without a mark."""
    return {"blank" if own.is_blank else own.failed[0].kind for own in _everybody(a) if own.failed}


def _cause_of_row(a: About, v: dict[str, str], at: str) -> bool:
    """In the list it stands beside whoever marked nothing; it also heads a signal."""
    found = [own for own in _everybody(a) if own["candidate_id"] == row(at)]
    return not found or found[0].is_blank


for _kinds in ((COMMITTEE,), (LIST,)):
    for _message, _of in (
        ("Why not passed", ()),
        ("Why not passed: the first part of the rule that is not held.", ()),
        ("A number alone: the total is below that many points.", ("total",)),
        (
            "A code and a percentage: the candidate is below that percentage there.",
            ("criteria", "elements", "units"),
        ),
        ("A number, × and a percentage: fewer places than that number reach the percentage.", ("at_least",)),
    ):
        says(_message, when=lambda a, of=_of: _causes(a) & set(of) if of else _causes(a), kinds=_kinds)
    says.may("no answer at all", when=lambda a: "blank" in _causes(a), says=_cause_of_row, kinds=_kinds)
says("Not passed by a condition other than the total, by the first that is not met:", when=_first)
says(
    "{code} is below {percent} %: {n} candidate",
    "{code} is below {percent} %: {n} candidates",
    when=lambda a: any(code for *_, code in _first(a)),
    says=lambda a, v, at: (
        number(v["n"])
        == sum(
            n for (_, percent, code), n in _first(a).items() if (percent, code) == (v["percent"], v["code"])
        )
    ),
)
for _of in ("criteria", "elements", "units"):
    says(
        f"fewer than {{met}} {_of} at {{percent}} % or more; candidates: {{n}}",
        when=lambda a, of=_of: (
            any(kind == "at_least" for kind, *_ in _first(a)) and a.facts.rule["at_least"]["of"] == of
        ),
        says=lambda a, v, at: _enough(a, v),
    )


def _on_few(a: About) -> dict[str, set[str]]:
    """Form → the places of the rule that it asks too few items of."""
    people = {own.form: own for own in _everybody(a)}
    found = {form: {place.code for part in own.parts for place in part.few} for form, own in people.items()}
    return {form: codes for form, codes in found.items() if codes}


for _codes in ("{codes}", "{k} places"):
    says(
        f"On form {{form}} the rule rests, in {_codes}, on fewer than {{n}} items, which are too few to judge "
        "anybody by there; decisions rest on them all the same.",
        kinds=_RULED,
        when=lambda a, named=_codes == "{codes}": any((len(x) <= 12) == named for x in _on_few(a).values()),
        says=lambda a, v, at: (
            (set(v["codes"].split(", ")) if "codes" in v else int(v["k"]))
            == (_on_few(a)[v["form"]] if "codes" in v else len(_on_few(a)[v["form"]]))
            and int(v["n"]) == a.facts.judgement["min_items"]
        ),
    )


def _lapsed(a: About) -> dict[str, set[str]]:
    """Form → places of the rule of which no question is left that counts."""
    rule, found = a.facts.rule, dict[str, set[str]]()
    for form in a.facts.of_forms if rule else ():
        for unit in a.facts.units:
            groups = {("units", unit["code"]): [c["code"] for e in unit["elements"] for c in e["criteria"]]}
            for element in unit["elements"]:
                own = [c["code"] for c in element["criteria"]]
                groups |= {("elements", element["code"]): own, **{("criteria", c): [c] for c in own}}
            for (kind, code), own in groups.items():
                patterns = [*rule[kind]] + (
                    rule["at_least"]["among"] if (rule["at_least"] or {}).get("of") == kind else []
                )
                before, now = (sum(x[form][c] for c in own) for x in (a.facts.asked_printed, a.facts.asked))
                if before and not now and any(p == "all" or fnmatchcase(code, p) for p in patterns):
                    found.setdefault(form, set()).add(code)
    return found


says(
    "Form {form}: after corrections no question of {codes} counts, so the rule asks nothing there of those who "
    "sat this form.",
    kinds=_RULED,
    when=_lapsed,
    says=lambda a, v, at: _lapsed(a)[v["form"]] == set(v["codes"].split(", ")),
)

# ── corrections ──────────────────────────────────────────────────────────────────────────────

says("left out, as names are", when=lambda a: a.facts.hidden and a.facts.corrections)
says("No correction of the key was made.", when=lambda a: not a.facts.corrections)
for _kind, _words in (
    ("rekey", "another key is right"),
    ("accept", "a further key is right too"),
    ("drop", "counts for nobody"),
    ("credit_all", "everybody has its points"),
    ("credit_answered", "whoever answered has its points"),
):
    says(_words, when=lambda a, kind=_kind: any(one["kind"] == kind for one in a.facts.corrections))
says(
    "No earlier run stands beside this one: there is nothing to compare.",
    when=lambda a: not a.facts.before,
)
says(
    "Run {after} beside run {before}",
    when=lambda a: a.facts.before,
    says=lambda a, v, at: (int(v["after"]), int(v["before"])) == (a.facts.run, a.facts.run - 1),
)


def _moved(a: About) -> bool:
    """Whether somebody's score, decision or a status is another than in the run before."""
    told = ("score", "max_score", "decision")
    then = {one["candidate_id"]: [one[x] for x in told] for one in a.facts.before}
    now = {one["candidate_id"]: [one[x] for x in told] for one in a.facts.candidates}
    return bool(a.facts.before) and (then != now or a.facts.statuses != a.facts.statuses_before)


def _nothing_else(a: About) -> bool:
    """Whether what differs from the run before is what the corrections changed."""
    return bool(a.facts.corrections and a.facts.before) and a.facts.since_before == a.facts.by_key


for _said in (
    "What the corrections changed",
    "This run is compared with a scoring without these corrections, of the same answers and with the same "
    "decisions on rows.",
    "Whom the corrections moved",
):
    says(_said, when=lambda a: a.facts.by_key)
says(
    "Without these corrections, and with all else unchanged, everybody would have the same result.",
    when=lambda a: a.facts.corrections and not a.facts.by_key,
)
says(
    "This run keeps no answers: it cannot show whose results these corrections changed.",
    when=lambda a: a.facts.corrections and not (a.facts.folder / "responses.parquet").exists(),
)
says(
    "Nothing but these corrections changed anybody’s result since run {run}.",
    when=_nothing_else,
    says=lambda a, v, at: int(v["run"]) == a.facts.run - 1,
)
says(
    "Results that differ from those of run {run}",
    when=lambda a: _moved(a) and not _nothing_else(a),
    says=lambda a, v, at: int(v["run"]) == a.facts.run - 1,
)
says(
    "Those whose decision changed stand first.",
    when=lambda a: a.facts.by_key or (_moved(a) and not _nothing_else(a)),
)

says("Decisions on single rows", when=lambda a: a.facts.audit.get("decided"))
says.may(
    "decisions on rows",
    when=lambda a: a.facts.audit.get("decided") != a.facts.audit_before.get("decided"),
    says=lambda a, v, at: "Corrections" in at or "การแก้เฉลย" in at,
)

# ── signals ──────────────────────────────────────────────────────────────────────────────────


def _looked(a: About) -> bool:
    return a.facts.audit.get("signals") is not None


says("The answers were not looked at for signals.", when=lambda a: not _looked(a))
says(
    "Unless it is asked for, more than 64 MB of answers are not looked at; "
    "nor are any that are scored with --no-signals.",
    when=lambda a: not _looked(a),
)
says("No signal was raised.", when=lambda a: _looked(a) and not a.facts.signals)
says(
    "Equal answers of several candidates are a signal where 3 or more are wrong and c"
    "hance gives such in at most 1 of 100 administrations. Other equal papers may stand in the "
    "answer files; they are not named.",
    when=_looked,
)
says(
    "A score far below what guessing gives is a signal only where chance would hardly give so few right answers; "
    "on few questions not even none right is one.",
    when=_looked,
)
says("A signal is something for a person to look at; it is never a verdict.", when=lambda a: a.facts.signals)
for _kind, _words in (
    ("blank_row", "no answer at all"),
    ("one_letter", "one letter throughout"),
    ("pattern", "a repeated pattern"),
    ("under_chance", "far below guessing"),
    ("wrong_form", "another form fits better"),
    ("same_answers", "exactly the same answers"),
    ("similar_wrong_answers", "too many wrong answers in common"),
):
    says(_words, when=lambda a, kind=_kind: any(one["kind"] == kind for one in a.facts.signals))

# ── a parallel form ──────────────────────────────────────────────────────────────────────────

_LEAST_REPEATED, _LEAST_SIDE = 100, 10


def _is_decided(a: About) -> bool:
    return a.facts.rule is not None and a.facts.n > 0


def _tellable(a: About) -> bool:
    """Whether there are candidates enough on both sides of the decision."""
    return (
        _is_decided(a)
        and a.facts.n >= _LEAST_REPEATED
        and _LEAST_SIDE <= a.facts.passed <= a.facts.n - _LEAST_SIDE
    )


def _beta_binomial(a: About) -> tuple[float, float]:
    """Of 100 who pass, and of 100 who do not, who would again: of the total alone, by Huynh's method (1976)."""
    form = a.facts.candidates[0]["form"]
    n, cut = int(a.facts.most(form)), math.ceil(a.facts.cut(form) or 0)
    scores = [float(one["score"]) for one in a.facts.candidates]
    mu, variance = mean(scores), stdev(scores) ** 2
    kr21 = n / (n - 1) * (1 - mu * (n - mu) / (n * variance))
    alpha = (1 / kr21 - 1) * mu
    shares = beta(alpha, n / kr21 - n - alpha).ppf([(k + 0.5) / 2000 for k in range(2000)])
    passes = binom.sf(cut - 1, n, shares)
    rate = passes.mean()
    return 100 * (passes**2).mean() / rate, 100 * ((1 - passes) ** 2).mean() / (1 - rate)


def _is_near(a: About, v: dict[str, str]) -> bool:
    """Within 10 of the beta-binomial, where the total alone decides by one cut on items of one point."""
    told = number(v["passed"]), number(v["failed"])
    total_alone = not any(_is(a, name) for name in ("criteria", "elements", "units", "at_least"))
    if not total_alone or len(a.facts.of_forms) > 1 or a.facts.scoring:
        return all(0 <= one <= 100 for one in told)
    return all(abs(x - y) < 10 for x, y in zip(told, _beta_binomial(a), strict=True))


says(
    "How often these decisions would repeat on a parallel form cannot be said: it takes {least} candidates, at "
    "least {side} who passed and {side} who did not.",
    when=lambda a: _is_decided(a) and not _tellable(a),
    says=lambda a, v, at: (number(v["least"]), number(v["side"])) == (_LEAST_REPEATED, _LEAST_SIDE),
)
says(
    "Of 100 candidates who passed, about {passed} would pass again on a parallel form; of 100 who did not "
    "pass, about {failed} would not pass again.",
    when=_tellable,
    says=lambda a, v, at: _is_near(a, v),
    kinds=(COHORT, COMMITTEE),
)
says(
    "By their true scores, about {false_pass} of 100 candidates passed and should not have, and about "
    "{false_fail} did not pass and should have.",
    when=_tellable,
    says=lambda a, v, at: 0 <= number(v["false_pass"]) + number(v["false_fail"]) < 50,
    kinds=(COHORT, COMMITTEE),
)
says(
    "That is estimated from the answers of {n} candidates, by simulating parallel administrations that this "
    "rule decides; a parallel form is one of other items, equally hard in every criterion.",
    when=_tellable,
    says=lambda a, v, at: number(v["n"]) == a.facts.n,
    kinds=(COHORT, COMMITTEE),
)
says(
    "Standard errors, in the same order: {passed}, {failed}, {false_pass} and {false_fail} of 100.",
    when=_tellable,
    says=lambda a, v, at: all(0 <= number(one) < 15 for one in v.values()),
    kinds=(COHORT, COMMITTEE),
)


def _sharing(a: About) -> int:
    """Items that share a text or a picture with others of the exam, and were not answered alike by all."""
    texts = a.facts.stimuli
    return sum(1 for one in texts.values() if list(texts.values()).count(one) > 1)


for _message in (
    "{n} items share a text or a picture with others; that another form would have another text is taken into "
    "account.",
    "{n} items share a text or a picture with others, and these answers cannot tell what is due to the text: on "
    "a form with other texts it might be {passed} of 100 who pass again, and {failed} of 100 who again do not.",
):
    says(
        _message,
        when=lambda a: _tellable(a) and _sharing(a),
        says=lambda a, v, at: 1 < number(v["n"]) <= _sharing(a),
        kinds=(COHORT, COMMITTEE),
    )
says(
    "How often these decisions would repeat on a parallel form cannot be said: no model fits the answers.",
    when=lambda a: False,
)
