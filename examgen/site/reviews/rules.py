"""Which experts may rate which items, and what is written when a round ends."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from typing import Any

from django.db import transaction
from django.utils import timezone

from examgen.bank.reviews.moves import ratings_of
from examgen.bank.reviews.progress import judges_of, scored_items
from examgen.bank.reviews.ratings import by_panel, current
from examgen.bank.reviews.settling import present
from examgen.core.problems import Refused
from examgen.core.words import tell
from examgen.papers import review_forms as ratings
from examgen.site.audit.record import record
from examgen.site.bank.authors import authors_of
from examgen.site.bank.units import opened
from examgen.site.language import kept
from examgen.site.reviews.models import Expert, Round
from examgen.site.workspace import bank, exam_folder
from examgen.site.writing import writing

RATINGS_FILE = "ratings.yaml"


def panel_of(one: Round) -> ratings.RatingPanel:
    """Returns the panel of a round, as in the bank."""
    return ratings.panel(one.kind, one.level or None, one.number)


def asked_of(one: Round) -> ratings.RoundQuestions:
    """Returns what a round asked about each item when it was opened."""
    return ratings.RoundQuestions(
        one.edition, {item: tuple(said) for item, said in one.items.items()}, tuple(one.levels)
    )


def unit_draft_of(unit: str) -> Any:
    """Returns a unit from its present files. Raises Refused if it has faults."""
    found = opened(unit)
    if not found.is_sound:
        raise Refused(tell("{code} has errors: mend them first", code=unit), found.problems)
    return found.bank_unit


def written_by(users: Collection[Any], unit: str, items: Collection[str]) -> dict[str, set[str]]:
    """Returns by user name the items that the user ever wrote, changed or imported on the site."""
    authors = authors_of(opened(unit), items)
    return {
        user.username: {item for item, by in authors.items() if user.username in by.ever} for user in users
    }


def items_of_exam(unit: str, exam: str) -> tuple[tuple[str, ...], int | None]:
    """Returns the scored items of an exam from a unit, and the level for which they are rated.

    Items whose text has changed since the exam was built are left out, because a rating would not apply to
    what the candidates read. Raises Refused if no item is left.
    """
    items, levels = scored_items(exam_folder(exam))
    now = present(unit_draft_of(unit))
    found = tuple(item for item, printed in items.get(unit, {}).items() if now.get(item) == printed)
    if not found:
        raise Refused(
            tell("the items of {exam} no longer read as it printed them: none can be rated", exam=exam)
        )
    return found, levels[unit]


def rated_by(unit: str, panel: ratings.RatingPanel, items: Collection[str]) -> dict[str, frozenset[str]]:
    """Returns by judge the items, in their present wording, with a recorded rating in that round."""
    now = current(ratings_of(bank() / unit), present(unit_draft_of(unit)))
    judges = judges_of(by_panel(now).get(panel, ()))
    found = {one.judge: one.rated & {*items} for one in judges}
    return {judge: own for judge, own in found.items() if own}


def is_missing(item: str, rated: Mapping[str, Collection[str]], experts: Collection[str]) -> bool:
    """Returns whether nobody has rated an item, or one of these experts with other ratings left it out."""
    return not any(item in own for own in rated.values()) or any(
        item not in rated[name] for name in experts if name in rated
    )


def missing_of(expert: Expert) -> list[tuple[str, int]]:
    """Returns by criterion the number of an expert's items that are not rated yet. Only the expert sees which
    items they are."""
    rated = {*expert.answers.exclude(value=None).values_list("item", flat=True)}
    left = Counter(expert.round.items[item][1] for item in expert.items if item not in rated)
    return sorted(left.items())


def close(round_id: int, by: Any) -> ratings.RatingsImport | None:
    """Writes the ratings of a round into `ratings.yaml` and closes it; returns None if it was already closed.

    If the ratings are refused, the error is raised, the round remains open, and nothing is written. If the
    site is killed between the two steps, closing the round again finds the same ratings already recorded.
    """
    there = Round.objects.get(pk=round_id)
    message = f"{there.unit}: ratings of a round of review"
    # the lock of the bank before that of the database, as everybody takes the two
    with writing(by or there.by, [there.unit], message), transaction.atomic():
        one = Round.objects.select_for_update().get(pk=round_id)
        if not one.is_open:
            return None
        experts = list(one.experts.select_related("user"))
        names = Counter(_folded(expert) for expert in experts)
        sheets = [_sheet(expert, is_alone=names[_folded(expert)] == 1) for expert in experts]
        done = ratings.close_round(
            bank(), one.unit, panel_of(one), asked_of(one), sheets, timezone.localdate()
        )
        now = timezone.now()
        one.experts.filter(ended_at=None).update(ended_at=now)
        one.closed_at = now
        one.outcome = {
            "stored": len(done.settled.ratings) + done.settled.known,
            "set_aside": [
                kept(tell("{source}: {message}", source=problem.source, message=problem.message))
                for problem in done.settled.set_aside
            ],
        }
        one.save()
        record(by, "round.close", one.unit, round=one.pk, stored=one.outcome["stored"])
    return done


def _folded(expert: Expert) -> str:
    """Returns the name of an expert, folded so that differences in spaces, punctuation and case do not
    count."""
    return "".join(filter(str.isalnum, str(expert.user).casefold()))


def _sheet(expert: Expert, is_alone: bool) -> ratings.ExpertAnswers:
    """Returns the ratings of an expert. If another expert of the round has the same name, the signature
    replaces the name."""
    given = {one.item: one for one in expert.answers.all() if one.item in expert.items}
    return ratings.ExpertAnswers(
        expert.user.username,
        str(expert.user) if is_alone else expert.user.signature,
        {
            item: (given[item].value, given[item].suits, given[item].comment or None)
            if item in given
            else (None, None, None)
            for item in expert.items
        },
    )
