"""What scanners and phones do to a page, by level: 0 clean to 4 very hard, 5 a phone (docs/scanning.md).

Each page draws its own values between the bounds given here. They are plausible, not measured in the field.
"""

from __future__ import annotations

from typing import NamedTuple

Range = tuple[float, float]
"""Least and most."""


class Level(NamedTuple):
    """Bounds of what is drawn for a page, and the chances that something happens to it at all."""

    name: str
    dpi: tuple[int, ...]
    """One of these, each as likely as it is frequent here."""
    skew: float
    """Degrees to either side."""
    scale: float
    """Of the size, to either side, as a share."""
    stretch: float
    """Of the direction of feeding against the other, to either side, as a share."""
    shift: float
    """mm to either side."""
    margin: float
    """mm by which the scan is larger than the paper, at most, across and down."""
    wave: float
    """mm by which paper that is not flat or not fed evenly is displaced, at most."""
    light: float
    """Share of the light that is missing where it is least."""
    noise: Range
    """Standard deviation, of 255."""
    blur: Range
    """Standard deviation, in hundredths of an inch."""
    black: Range
    white: Range
    """Grey of black print and of white paper, of 255."""
    toner: Range
    """Share of full black that the printer put on the paper."""
    jpeg: tuple[int, int]
    upside_down: float
    sideways: float
    """Chances of a page fed by 180, and by 90 or 270 degrees."""
    colour: float = 0.0
    copied: float = 0.0
    """Of a sheet that was copied before it was filled: paler, specked."""
    fold: float = 0.0
    slip: float = 0.0
    """Of paper that slipped in the feeder: a band that is stretched or pressed together."""
    lost_lines: float = 0.0
    dark_edge: float = 0.0
    corner: float = 0.0
    """Of a corner torn off or folded over."""
    holes: float = 0.0
    dirt: float = 0.0
    streaks: float = 0.0
    """Of dust on the glass, which draws lines down the page."""
    written_over: float = 0.0
    """Of something written across the sheet, as markers do."""


LEVELS: tuple[Level, ...] = (
    Level(
        "clean",
        dpi=(200,),
        skew=0.0,
        scale=0.0,
        stretch=0.0,
        shift=0.0,
        margin=0.0,
        wave=0.0,
        light=0.0,
        noise=(0.0, 0.0),
        blur=(0.0, 0.0),
        black=(0, 5),
        white=(250, 255),
        toner=(1.0, 1.0),
        jpeg=(92, 95),
        upside_down=0.0,
        sideways=0.0,
    ),
    Level(
        "good scanner",
        dpi=(200, 300),
        skew=0.7,
        scale=0.004,
        stretch=0.002,
        shift=1.5,
        margin=2.0,
        wave=0.05,
        light=0.03,
        noise=(0.8, 2.0),
        blur=(0.0, 0.2),
        black=(5, 30),
        white=(238, 255),
        toner=(0.92, 1.0),
        jpeg=(80, 92),
        upside_down=0.02,
        sideways=0.0,
        colour=0.05,
    ),
    Level(
        "ordinary school scanner",
        dpi=(150, 200, 200, 300),
        skew=2.0,
        scale=0.01,
        stretch=0.005,
        shift=3.0,
        margin=4.0,
        wave=0.15,
        light=0.10,
        noise=(2.0, 5.0),
        blur=(0.1, 0.4),
        black=(15, 55),
        white=(222, 250),
        toner=(0.82, 1.0),
        jpeg=(55, 82),
        upside_down=0.05,
        sideways=0.02,
        colour=0.10,
        copied=0.05,
        holes=0.03,
        dirt=0.15,
        streaks=0.05,
        written_over=0.05,
    ),
    Level(
        "hard",
        dpi=(150, 200, 200, 300),
        skew=3.0,
        scale=0.015,
        stretch=0.01,
        shift=4.0,
        margin=8.0,
        wave=0.3,
        light=0.22,
        noise=(4.0, 8.0),
        blur=(0.2, 0.6),
        black=(35, 85),
        white=(195, 245),
        toner=(0.72, 1.0),
        jpeg=(35, 70),
        upside_down=0.10,
        sideways=0.05,
        colour=0.10,
        copied=0.10,
        fold=0.30,
        slip=0.20,
        lost_lines=0.20,
        dark_edge=0.30,
        corner=0.12,
        holes=0.12,
        dirt=0.40,
        streaks=0.15,
        written_over=0.15,
    ),
    Level(
        "very hard",
        dpi=(150, 150, 200, 200, 300),
        skew=4.5,
        scale=0.02,
        stretch=0.015,
        shift=5.0,
        margin=12.0,
        wave=0.6,
        light=0.35,
        noise=(7.0, 13.0),
        blur=(0.4, 0.9),
        black=(50, 105),
        white=(175, 235),
        toner=(0.62, 0.95),
        jpeg=(22, 50),
        upside_down=0.15,
        sideways=0.10,
        colour=0.10,
        copied=0.25,
        fold=0.60,
        slip=0.40,
        lost_lines=0.40,
        dark_edge=0.50,
        corner=0.20,
        holes=0.20,
        dirt=0.70,
        streaks=0.30,
        written_over=0.30,
    ),
    Level(
        "phone",
        dpi=(150, 180, 200, 220),
        skew=6.0,
        scale=0.0,
        stretch=0.0,
        shift=0.0,
        margin=0.0,
        wave=0.8,
        light=0.40,
        noise=(2.0, 7.0),
        blur=(0.2, 0.8),
        black=(20, 70),
        white=(185, 245),
        toner=(0.75, 1.0),
        jpeg=(50, 88),
        upside_down=0.15,
        sideways=0.20,
        colour=1.0,
        copied=0.05,
        fold=0.20,
        corner=0.04,
        dirt=0.15,
        written_over=0.10,
    ),
)
PHONE = 5

TILT = 17.0
"""Degrees by which a phone is held askew to the paper, about either axis."""
CURL = 2.0
"""mm by which paper that curls is displaced, at most."""
BARREL = 0.012
"""By how much the lens bends what is at the edge of the picture, as a share, to either side."""
SHADOW = (0.15, 0.45)
"""Share of the light that the shadow of a hand or a head takes; it falls on two pages of three."""
CAST = 0.12
"""By how much the light of a room is stronger in one colour than in another."""
