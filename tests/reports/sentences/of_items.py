"""Statements of the committee's book on its item analysis."""

from __future__ import annotations

from tests.reports.sentences.statement import (
    COHORT,
    COMMITTEE,
    About,
    Catalogue,
    Holds,
)

says = Catalogue(COMMITTEE)

# ── items ────────────────────────────────────────────────────────────────────────────────────


def _n(a: About, name: str) -> int:
    return int((a.facts.analysis or {}).get(name, 0))


def _doubted(a: About, *sure: str) -> list[str]:
    """The items whose keys are in doubt, so sure."""
    return [one["item"] for one in (a.facts.analysis or {}).get("alarms", ()) if one["sure"] in sure]


def _alarms(a: About, *sure: str) -> int:
    return len(_doubted(a, *sure))


def _keys_named(a: About, v: dict[str, str], items: list[str]) -> bool:
    """Each item with its questions, as the key has them on each form that was sat."""
    named = dict(one.rstrip(")").split(" (") for one in v["keys"].split("), "))
    places = {
        item: {(row["form"], row["question"]) for row in a.facts.key if row["item"] == item} for item in items
    }
    said = {item: {tuple(one.split(": ")) for one in text.split("; ")} for item, text in named.items()}
    return int(v["n"]) == len(items) and all(said[item] <= places[item] for item in items)


def _flagged_for(code: str) -> Holds:
    return lambda a: code in flagged(a)


def _has_alarm(sure: str) -> Holds:
    return lambda a: _alarms(a, sure)


def _alarmed_for(reason: str) -> Holds:
    return lambda a: reason in _reasons(a)


def flagged(a: About) -> list[str]:
    items = (a.facts.analysis or {}).get("items", ())
    return [flag["code"] for one in items for flag in one["flags"]]


says(
    "The items of this run have not been analysed (examgen analyse exam).",
    when=lambda a: not a.facts.analysis,
)
says(
    "{flagged} of {n} items examined are to be looked at; keys in doubt, almost certain or likely: {alarms}; "
    "possible: {possible}.",
    when=lambda a: _n(a, "n_examined"),
    says=lambda a, v, at: (
        [int(v[x]) for x in ("n", "alarms", "possible")]
        == [_n(a, "n_examined"), _alarms(a, "almost certain", "likely"), _alarms(a, "possible")]
    ),
)
says(
    "Not examined: {left} of {n} items, which fewer than {min_n} candidates had each. Whether their keys are "
    "right is not known.",
    when=lambda a: a.facts.analysis and _n(a, "n_examined") < _n(a, "n_items"),
    says=lambda a, v, at: int(v["left"]) == _n(a, "n_items") - _n(a, "n_examined"),
)
says(
    "{few} of {n} items had fewer than {min_n} candidates each: only what is beyond chance is told of them. "
    "With so few, some wrong keys are not found; an item not named need not be sound.",
    when=lambda a: _n(a, "n_fully_examined") < _n(a, "n_examined"),
    says=lambda a, v, at: int(v["few"]) == _n(a, "n_examined") - _n(a, "n_fully_examined"),
)
says(
    "{n} key is in doubt, almost certain or likely to be wrong: {keys}.",
    "{n} keys are in doubt, almost certain or likely to be wrong: {keys}.",
    when=lambda a: _alarms(a, "almost certain", "likely"),
    says=lambda a, v, at: _keys_named(a, v, _doubted(a, "almost certain", "likely")),
)
says(
    "{n} key is possibly wrong: {keys}.",
    "{n} keys are possibly wrong: {keys}.",
    when=lambda a: _alarms(a, "possible"),
    says=lambda a, v, at: _keys_named(a, v, _doubted(a, "possible")),
)


def _no_more(a: About, total: bool) -> list[str]:
    """Parts as they are named whose scores tell no more than the total; the analysis page holds the verdicts."""
    rows = (a.facts.analysis or {}).get("subscores", ())
    sure = [one for one in rows if one["verdict"] == "not_worth" and one["n"] >= 100]
    named = [one for one in sure if (one["instead"] == "total") == total]
    return [f"{one['subscore']} ({one['n_items_most']})" for one in named]


for _end, _total in (("decide by the total", True), ("decide by {instead}", False)):
    says(
        f"The score for {{weak}} tells no more than the total: {_end}, a status is a hint (items in brackets).",
        f"The scores for {{weak}} tell no more than the total: {_end}, a status is a hint (items in brackets).",
        when=lambda a, total=_total: _no_more(a, total),
        says=lambda a, v, at, total=_total: set(v["weak"].split(", ")) <= set(_no_more(a, total)),
        kinds=(COHORT, COMMITTEE),
    )
says("Reliability by form", when=lambda a: a.facts.analysis)
says("Keys in doubt", when=lambda a: (a.facts.analysis or {}).get("alarms"))
says("Items to look at", when=flagged)
for _words in (
    "Form and question (key → better, as printed)",
    "key, by the bank's letters",
    "better, by the bank's letters",
):
    says(_words, when=lambda a: (a.facts.analysis or {}).get("alarms"))
for _code, _words in (
    ("negative-discrimination", "check the key"), ("under-chance", "below guessing"),
    ("distractor-attracts-able", "distractor attracts the able"), ("low-discrimination", "low discrimination"),
    ("too-hard", "too hard"), ("too-easy", "too easy"), ("dead-distractor", "idle distractor"),
    ("many-blanks", "many blanks"), ("misfit", "misfit"),
):  # fmt: skip
    says(_words, when=_flagged_for(_code))

for _words in ("almost certain", "likely", "possible"):
    says(_words, when=_has_alarm(_words))


def _reasons(a: About) -> list[str]:
    return [one for alarm in (a.facts.analysis or {}).get("alarms", ()) for one in alarm["reasons"]]


for _code, _words in (
    ("better-option", "The able prefer another option to the key."),
    ("negative-discrimination", "The key goes with low scores, and one distractor with high ones."),
    ("under-chance", "Fewer are right than guessing would give."),
):
    says(_words, when=_alarmed_for(_code))
