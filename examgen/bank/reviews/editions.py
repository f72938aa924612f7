"""Converts the criterion codes of ratings to those of the present edition.

An expert rated an item against the words of a criterion. A new edition may give these words another code, or
the code other words; a rating follows the words.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from examgen.bank.editions import EDITIONS_FOLDER, SHORT, read_standard
from examgen.bank.loading import UNIT_FILE
from examgen.bank.reviews.ratings import Rating
from examgen.bank.standards.differing import same_words
from examgen.core.files import read_input, sha256

NO_CRITERION = ""
"""The code of a criterion whose words are not in the present edition; no item counts for it."""


def for_present_criteria(ratings: Iterable[Rating], folder: Path) -> tuple[Rating, ...]:
    """Return the ratings with the codes that the present edition gives to the rated words.

    If the edition of a rating is not in the unit's folder, the rating keeps its code.
    """
    kept = list(ratings)
    present = sha256(read_input(folder / UNIT_FILE)) if kept else ""
    codes = {one: _codes(folder, one) for one in {rating.edition for rating in kept} - {present}}
    return tuple(
        one.model_copy(update={"pc": codes[one.edition].get(one.pc, one.pc)}) if one.edition in codes else one
        for one in kept
    )


def _codes(folder: Path, edition: str) -> dict[str, str]:
    """Return the present code of each criterion of an edition, by its code there; the words decide."""
    before = _words(folder / EDITIONS_FOLDER / edition[:SHORT], edition)
    now = _words(folder)
    by_words = {words: code for code, words in reversed(now.items())}
    return {
        code: code if now.get(code) == words else by_words.get(words, NO_CRITERION)
        for code, words in before.items()
    }


def _words(folder: Path, edition: str | None = None) -> dict[str, str]:
    """Return the words of each criterion by code, without spaces and invisible characters; empty if the
    edition is missing or cannot be read.
    """
    path = folder / UNIT_FILE
    data = read_input(path) if path.is_file() else b""
    if not data or (edition is not None and sha256(data) != edition):
        return {}
    unit, _ = read_standard(data, str(path))
    return {str(one.code): same_words(one.text) for one in unit.criteria} if unit else {}
