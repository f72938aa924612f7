"""Sittings with known wrongs, for tests of signals: distractors of unequal attraction, abilities."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from examgen.scoring.signals import FormKeys, SignalRows, number_right


class Sitting(NamedTuple):
    forms: FormKeys
    rows: SignalRows

    @property
    def right(self) -> np.ndarray:
        return number_right(self.forms, self.rows.form, self.rows.marks)


def forms_of(n_forms: int, n_questions: int, seed: int) -> FormKeys:
    keys = (1 << np.random.default_rng(seed).integers(0, 4, (n_forms, n_questions))).astype(np.uint8)
    return FormKeys(tuple("ABCDEFGH"[:n_forms]), keys, np.full(keys.shape, 4), np.full(n_forms, n_questions))


def sitting(n: int, n_questions: int, seed: int, n_forms: int = 2) -> Sitting:
    """Candidates who answer independently, forms in rotation."""
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
    return Sitting(forms, rows_of(forms, form, (1 << chosen).astype(np.uint8)))


def rows_of(forms: FormKeys, form: np.ndarray, marks: np.ndarray) -> SignalRows:
    n = len(form)
    ids = np.array([f"c{k:05d}" for k in range(n)], dtype="S6")
    return SignalRows(np.zeros(n, dtype=np.int64), np.arange(n) + 2, ids, form, marks)
