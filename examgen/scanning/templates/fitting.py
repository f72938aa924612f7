"""A form held against its own blank: which of its bubbles lie where the blank shows none, and which fields
lie on one another."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from examgen.core.words import Message, tell, tell_n
from examgen.scanning.templates.form import Bubble, Form, IgnoredField, QuestionsField

Grey = NDArray[np.uint8]
Points = NDArray[np.float64]

LINE_MM, BESIDE_MM = 0.12, 0.55
"""How far the middle of an outline lies within the frame of its bubble; how far from it there is none."""
SHIFTS_MM = (-0.35, 0.0, 0.35)
"""By how much a bubble may lie beside its place."""
LEAST_GREY, OF_USUAL = 3.0, 0.3
"""Grey levels by which an outline is darker than what is beside it at least; and of the usual one."""
HIDDEN = 0.4
"""Of the paper, how dark it is where a mark hides a bubble."""
MOST_UNSEEN = 0.15
"""Share of the bubbles of a field that the blank may not show."""


class Misfit(NamedTuple):
    """A field that does not fit its blank."""

    field: int
    message: Message


def misfits(form: Form, blank: Grey) -> Iterator[Misfit]:
    """Fields that are read of which the blank does not show the bubbles."""
    fields = [(n, one) for n, one in enumerate(form.fields) if not isinstance(one, IgnoredField)]
    seen = seen_bubbles_of(form, blank)
    for n, field in fields:
        of = np.array(seen[n]).reshape(field.size)
        if of.all():
            continue
        lines, values = ~of.any(axis=1), ~of.any(axis=0)
        if (~of).mean() <= MOST_UNSEEN and not (of.shape[1] > 1 and lines.any()) and not values.any():
            continue
        missing, every = int((~of).sum()), of.size
        where = tell_n(
            "{field}: {n} of its {of} bubbles is not on the blank",
            "{field}: {n} of its {of} bubbles are not on the blank",
            missing,
            field=field.name,
            of=every,
        )
        if isinstance(field, QuestionsField) and lines.any():
            first = field.first_question + int(np.argmax(lines))
            where = tell("{what}, none of those of question {question}", what=where, question=first)
        yield Misfit(n, where)


def seen_bubbles_of(form: Form, blank: Grey) -> list[list[bool]]:
    """Of each field, whether the blank shows each of its bubbles, choice by choice."""
    per_mm = blank.shape[1] / form.width
    smooth = np.asarray(cv2.GaussianBlur(blank, (0, 0), 0.12 * per_mm), np.float32)
    paper = float(np.percentile(blank, 85))
    contrast: list[Points] = []
    hidden: list[NDArray[np.bool_]] = []
    for field in form.fields:
        places = np.array([at for choice in field.places() for at in choice])
        dark, inside = _outlines(smooth, per_mm, places, field.bubble or form.bubble)
        contrast.append(dark)
        hidden.append(inside < (1 - HIDDEN) * paper)
    # the usual outline, though some fields lie beside their bubbles
    usual = float(np.percentile(np.concatenate(contrast), 75))
    least = max(LEAST_GREY, OF_USUAL * usual)
    return [((one > least) | dark).tolist() for one, dark in zip(contrast, hidden, strict=True)]


def marked_share(form: Form, blank: Grey) -> float:
    """Of the bubbles of a form, how many are far darker inside than most, as only marks make them."""
    per_mm = blank.shape[1] / form.width
    smooth = np.asarray(cv2.GaussianBlur(blank, (0, 0), 0.12 * per_mm), np.float32)
    light = np.concatenate(
        [
            _outlines(
                smooth,
                per_mm,
                np.array([at for choice in field.places() for at in choice]),
                field.bubble or form.bubble,
            )[1]
            for field in form.fields
        ]
    )
    return float((light < (1 - HIDDEN) * np.median(light)).mean())


def _outlines(
    smooth: NDArray[np.float32], per_mm: float, places: Points, bubble: Bubble
) -> tuple[Points, Points]:
    """By how much the outline of each bubble is darker than what is inside and outside of it, and how light
    it is inside, grey levels."""
    angle = np.arange(24) * np.pi / 12
    circle = np.stack((np.cos(angle), np.sin(angle)), axis=1)
    if bubble.shape in ("box", "brackets"):
        circle /= abs(circle).max(axis=1, keepdims=True)
    half = np.array((bubble.width, bubble.height)) / 2 - LINE_MM

    def light(size: Points, shift: Points) -> NDArray[np.float32]:
        maps = ((places[:, None] + shift + circle * size) * per_mm - 0.5).astype(np.float32)
        x, y = np.ascontiguousarray(maps[..., 0]), np.ascontiguousarray(maps[..., 1])
        return np.asarray(
            cv2.remap(smooth, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE), np.float32
        )

    best = np.full(len(places), -255.0)
    for dx in SHIFTS_MM:
        for dy in SHIFTS_MM:
            shift = np.array((dx, dy))
            beside = (light(half - BESIDE_MM, shift) + light(half + BESIDE_MM, shift)) / 2
            best = np.maximum(best, (beside - light(half, shift)).mean(axis=1))
    inside = light(half * 0.5, np.zeros(2)).mean(axis=1)
    return best, np.asarray(inside, np.float64)
