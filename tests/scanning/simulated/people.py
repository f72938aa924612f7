"""What a person means to mark → what they make on paper: habits, corrections, slips of the hand.

Most of how a sheet looks is its person's habit, alike in all its rows; the rest are things that happen to
single rows. How frequent each habit is follows the level, since those who scan with care have also
told their candidates how to mark. None of these shares is a field rate.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

import numpy as np

from examgen.scanning.filled_sheets import Side
from examgen.scanning.sheet_layout import ITEM, NUMBER, BubbleRow

Random = np.random.Generator
Marks = Literal["tidy", "usual", "odd"]
Kind = Literal[
    "disc", "scribble", "half", "dot", "tick", "cross", "stroke", "ring",
    "erased", "cancelled", "whitened", "stray",
]  # fmt: skip
Tool = Literal["pencil", "black", "blue", "red", "green", "felt"]

COUNTING: tuple[Kind, ...] = ("disc", "scribble", "half", "dot", "tick", "cross", "stroke", "ring")
"""What is meant as an answer; anything else is not."""


class Habit(NamedTuple):
    """How a person marks; lengths in mm."""

    kind: Kind
    tool: Tool
    darkness: float
    """Of the paper's light that one stroke takes away, 0 to 1."""
    width: float
    """Of a stroke."""
    radius: float
    """Of what is filled."""
    spacing: float
    """Between strokes that fill, as a share of their width: gaps show from 1 on."""
    overshoot: float
    """By how much strokes leave what they fill."""
    aside: float
    """Standard deviation of where a mark stands about the middle of its bubble."""
    slip: float
    """Share of rows that are marked less well than the others."""
    corrected: float
    """Share of rows where another bubble was marked first and erased."""
    residue: float
    """What an erasure leaves of the darkness, at most."""
    doubled: float
    """Share of rows with a second mark."""
    lone: float
    """Share of blank rows where a mark was made and erased."""
    stray: float
    """Share of rows beside which the pencil touched the paper."""


class PaperMark(NamedTuple):
    """Something on paper, made about a bubble."""

    bubble: int
    kind: Kind
    habit: Habit


SHARES: dict[int, tuple[float, float, float]] = {
    0: (1.0, 0.0, 0.0), 1: (0.80, 0.16, 0.04), 2: (0.60, 0.30, 0.10), 3: (0.50, 0.35, 0.15),
    4: (0.50, 0.35, 0.15), 5: (0.50, 0.35, 0.15),
}  # fmt: skip
"""Of persons who mark tidily, ordinarily and hastily, by level."""

NOTHING_MARKED = 0.01
"""Share of sheets handed in with no answer, from level 1 on."""
RAN_OUT = 0.05
"""Share of persons who leave the last rows blank, from level 1 on."""

WRONG_NUMBER = 0.04
"""Share of sheets that are nobody's on which the number is marked wrongly, from level 1 on."""

PRESSURE = 0.06
"""Standard deviation of the darkness of one person's marks, as a share of it."""

_TOOLS: tuple[Tool, ...] = ("pencil", "black", "blue", "red", "green")
_PEN_SHARES = {"tidy": (0.90, 0.05, 0.05, 0.0, 0.0), "other": (0.80, 0.07, 0.09, 0.02, 0.02)}
_DARKNESS: dict[Tool, tuple[float, float]] = {
    "pencil": (0.55, 0.85), "black": (0.90, 0.98), "blue": (0.85, 0.97), "red": (0.85, 0.97),
    "green": (0.85, 0.97), "felt": (0.80, 0.97),
}  # fmt: skip
_WIDTH: dict[Tool, tuple[float, float]] = {
    "pencil": (0.50, 0.90), "black": (0.40, 0.60), "blue": (0.40, 0.60), "red": (0.40, 0.60),
    "green": (0.40, 0.60), "felt": (0.9, 1.5),
}  # fmt: skip


def _tool(rng: Random, shares: str) -> Tool:
    return _TOOLS[int(rng.choice(len(_TOOLS), p=_PEN_SHARES[shares]))]


def tidy(rng: Random) -> Habit:
    """Dark, full, in its place; changed answers are erased clean."""
    tool = _tool(rng, "tidy")
    return Habit(
        kind="disc",
        tool=tool,
        darkness=rng.uniform(*_DARKNESS[tool]),
        width=rng.uniform(*_WIDTH[tool]),
        radius=rng.uniform(1.75, 2.05),
        spacing=rng.uniform(0.55, 0.75),
        overshoot=rng.uniform(0.0, 0.15),
        aside=rng.uniform(0.05, 0.15),
        slip=0.0,
        corrected=0.002 if tool == "pencil" else 0.0,
        residue=0.05,
        doubled=0.0,
        lone=0.0,
        stray=0.0,
    )


def ordinary(rng: Random) -> Habit:
    """Filled in a few strokes, now and then less well, with corrections."""
    tool = _tool(rng, "other")
    low, high = _DARKNESS[tool]
    return Habit(
        kind="disc" if rng.random() < 0.5 else "scribble",
        tool=tool,
        darkness=rng.uniform(0.42, 0.75) if tool == "pencil" else rng.uniform(low, high),
        width=rng.uniform(*_WIDTH[tool]),
        radius=rng.uniform(1.5, 2.1),
        spacing=rng.uniform(0.7, 1.2),
        overshoot=rng.uniform(0.1, 0.5),
        aside=rng.uniform(0.1, 0.25),
        slip=0.01,
        corrected=0.015 if tool == "pencil" else 0.003,
        residue=rng.uniform(0.04, 0.15),
        doubled=0.002,
        lone=0.02,
        stray=0.003,
    )


_HASTY: tuple[tuple[Kind, float], ...] = (
    ("scribble", 0.38), ("disc", 0.25), ("half", 0.09), ("tick", 0.10), ("cross", 0.10), ("dot", 0.04),
    ("stroke", 0.04),
)  # fmt: skip


def hasty(rng: Random) -> Habit:
    """One of the ways in which marks go wrong: light, half, ticked, crossed, out of the bubble."""
    tool = _tool(rng, "other")
    kind = _HASTY[int(rng.choice(len(_HASTY), p=[share for _, share in _HASTY]))][0]
    low, high = _DARKNESS[tool]
    light = tool == "pencil" and kind in ("disc", "scribble")
    return Habit(
        kind=kind,
        tool=tool,
        darkness=rng.uniform(0.30, 0.55) if light else rng.uniform(low, high),
        width=rng.uniform(*_WIDTH[tool]),
        radius=rng.uniform(0.75, 1.1) if kind == "dot" else rng.uniform(1.3, 2.2),
        spacing=rng.uniform(0.8, 1.6),
        overshoot=rng.uniform(0.2, 1.0),
        aside=rng.uniform(0.15, 0.4),
        slip=0.03,
        corrected=0.03 if tool == "pencil" else 0.006,
        residue=rng.uniform(0.08, 0.22),
        doubled=0.005,
        lone=0.04,
        stray=0.01,
    )


_ODD: tuple[tuple[Kind, Tool], ...] = (
    ("disc", "pencil"), ("scribble", "pencil"), ("tick", "pencil"), ("tick", "blue"), ("tick", "red"),
    ("cross", "green"), ("cross", "black"), ("ring", "pencil"), ("ring", "blue"), ("dot", "pencil"),
    ("dot", "black"), ("stroke", "red"), ("disc", "felt"), ("disc", "red"), ("disc", "green"),
    ("half", "pencil"),
)  # fmt: skip


def odd(rng: Random) -> Habit:
    """Outside what a reader is made for: very light, far out of the bubble, rings, dark erasures."""
    kind, tool = _ODD[int(rng.integers(len(_ODD)))]
    pencil = tool == "pencil"
    return hasty(rng)._replace(
        kind=kind,
        tool=tool,
        darkness=rng.uniform(0.10, 0.32) if pencil and rng.random() < 0.6 else rng.uniform(0.4, 0.95),
        width=rng.uniform(0.25, 0.5) if kind in ("ring", "tick", "cross") else rng.uniform(*_WIDTH[tool]),
        radius=rng.uniform(0.4, 0.9) if kind == "dot" else rng.uniform(1.5, 3.2),
        overshoot=rng.uniform(0.5, 2.0),
        aside=rng.uniform(0.2, 0.6),
        corrected=0.05,
        residue=rng.uniform(0.25, 0.55),
        doubled=0.01,
        lone=0.10,
        stray=0.03,
    )


def habit_of(level: int, marks: Marks, rng: Random) -> Habit:
    """A person's habit."""
    if marks == "tidy":
        return tidy(rng)
    if marks == "odd":
        return odd(rng)
    return (tidy, ordinary, hasty)[int(rng.choice(3, p=SHARES[level]))](rng)


def by_hand(side: Side) -> tuple[BubbleRow, ...]:
    """What the person marks a bubble of: all questions, and where nothing is printed, who they are."""
    return tuple(
        choice
        for choice in side.page.choices
        if choice.group == ITEM or not (side.serial or side.printed[choice.bubbles].any())
    )


def made_on(side: Side, habit: Habit, level: int, marks: Marks, rng: Random) -> list[PaperMark]:
    """All that a person makes about the bubbles of a side; what was made first comes first."""
    # What is meant, less what is left out: all answers, the last ones, a place of the number.
    meant, page = side.meant.copy(), side.page
    nothing, ran_out, wrong_number = rng.random(3)
    if level and marks != "tidy":
        items, number = page.group == ITEM, page.group == NUMBER
        if nothing < NOTHING_MARKED:
            meant[items] = False
        elif ran_out < RAN_OUT:
            last = rng.integers(page.place[items].min(), page.place[items].max() + 1)
            meant[items & (page.place > last)] = False
        if wrong_number < WRONG_NUMBER and (meant & number).any():
            # one place left blank, marked twice, or marked with another digit than is meant
            bubble = int(rng.choice(np.flatnonzero(meant & number)))
            others = np.flatnonzero(number & (page.place == page.place[bubble]))
            how = rng.integers(3)
            if how != 1:
                meant[bubble] = False
            if how:
                meant[int(rng.choice(others[others != bubble]))] = True

    made: list[PaperMark] = []
    for choice in by_hand(side):
        row = choice.bubbles
        chosen = row[meant[row]]
        if len(chosen):
            others = np.setdiff1d(row, chosen)
            corrected, doubled, slipped, away = rng.random(4)
            if corrected < habit.corrected and len(others):
                # pencil is erased; ink is crossed out, or covered with white
                ink: Kind = "cancelled" if away < 0.7 else "whitened"
                undone: Kind = "erased" if habit.tool == "pencil" else ink
                made.append(PaperMark(int(rng.choice(others)), undone, habit))
            poorer = habit
            if slipped < habit.slip:
                poorer = habit._replace(
                    kind=("half", "scribble", "stroke")[int(rng.integers(3))],
                    radius=habit.radius * rng.uniform(0.6, 0.9),
                    darkness=habit.darkness * rng.uniform(0.75, 1.0),
                )
            for bubble in chosen:
                pressed = min(0.98, poorer.darkness * rng.normal(1.0, PRESSURE))
                made.append(PaperMark(int(bubble), poorer.kind, poorer._replace(darkness=pressed)))
            if doubled < habit.doubled and len(others):
                made.append(PaperMark(int(rng.choice(others)), habit.kind, habit))
        elif rng.random() < habit.lone:
            made.append(PaperMark(int(rng.choice(row)), "erased", habit))
        if rng.random() < habit.stray:
            made.append(PaperMark(int(rng.choice(row)), "stray", habit))
    return made
