"""Sittings with known wrongs, for tests of signals: distractors of unequal attraction, abilities, rooms."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from examgen.scoring.answer_signals.plan import LETTER_BITS, FormKeys, SignalRows, number_right


class Sitting(NamedTuple):
    forms: FormKeys
    rows: SignalRows


def own_items(keys: np.ndarray, n_questions: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """`items` and `canonical` of forms that have nothing in common."""
    n_forms, width = keys.shape
    items = np.arange(n_forms * width).reshape(n_forms, width)
    items = np.where(np.arange(width) < n_questions[:, None], items, -1)
    return items, np.broadcast_to(np.arange(LETTER_BITS), (n_forms, width, LETTER_BITS)).copy()


def forms_of(n_forms: int, n_questions: int, seed: int) -> FormKeys:
    keys = (1 << np.random.default_rng(seed).integers(0, 4, (n_forms, n_questions))).astype(np.uint8)
    items, canonical = own_items(keys, np.full(n_forms, n_questions))
    return FormKeys(tuple("ABCDEFGH"[:n_forms]), keys, np.full(keys.shape, 4), items, canonical)


def sitting(n: int, n_questions: int, seed: int, n_forms: int = 2, room_size: int = 40) -> Sitting:
    """Candidates who answer independently, forms in rotation within rooms."""
    rng, forms = np.random.default_rng(seed), forms_of(n_forms, n_questions, seed + 1)
    shape = n_forms, n_questions
    slope, difficulty = np.exp(rng.normal(0, 0.3, shape)), rng.normal(-0.3, 1, shape)
    attraction, turn = rng.normal(0, 1, (*shape, 4)), rng.normal(0, 0.4, (*shape, 4))
    able, form = rng.normal(0, 1, n), np.arange(n) % n_forms
    chance = 0.15 + 0.85 / (1 + np.exp(-slope[form] * (able[:, None] - difficulty[form])))
    noise = -np.log(-np.log(rng.random((n, n_questions, 4))))
    liking = attraction[form] + turn[form] * able[:, None, None] + noise
    letter = np.bitwise_count(forms.keys[form] - np.uint8(1)).astype(np.int64)
    np.put_along_axis(liking, letter[:, :, None], -1e9, 2)
    chosen = np.where(rng.random((n, n_questions)) < chance, letter, liking.argmax(2))
    return Sitting(forms, rows_of(forms, form, (1 << chosen).astype(np.uint8), np.arange(n) // room_size))


def rows_of(
    forms: FormKeys, form: np.ndarray, marks: np.ndarray, room: np.ndarray | None = None
) -> SignalRows:
    n = len(form)
    ids = np.array([f"c{k:05d}" for k in range(n)], dtype="S6")
    rooms = np.full(n, -1) if room is None else room
    right = number_right(forms, form, marks)
    return SignalRows(np.zeros(n, dtype=np.int64), np.arange(n) + 2, ids, rooms, form, right, marks)
