"""The result of an analysis → a picture of it, in the reader's language. The tables below it contain the same
values."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from markupsafe import Markup

from examgen.core.words import Message, joined, tell
from examgen.rendering.plot import (
    PENS,
    Panel,
    across,
    dot,
    line,
    polyline,
    rect,
    text,
    upwards,
)
from examgen.site.reviews.cut_picture import (
    WIDTH,
    Document,
    drawn,
    in_words,
    judges_picture,
)

_Z = 1.96
"""Half the width of a 95 % interval, in standard errors."""


def picture_of(kind: str, found: Document) -> Markup:
    """Returns the picture of an analysis; empty if it has none."""
    draw = _PICTURES.get(kind)
    return draw(found) if draw else Markup()


# ── scores converted ─────────────────────────────────────────────────────────────────────────


def _conversion(found: Document) -> Markup:
    own = found["comparison"]
    cut = (own["score"], own["cut"]) if own["at"] == "cut" and own["score"] is not None else None
    on_x, on_y = tell("points on X"), tell("points on Y")
    if found["x"]["form"] and found["y"]["form"]:
        on_x = tell("points on X (form {form})", form=found["x"]["form"])
        on_y = tell("points on Y (form {form})", form=found["y"]["form"])
    return conversion_picture(found["table"], on_x, on_y, cut)


def conversion_picture(
    table: Sequence[Document], on_x: Message, on_y: Message, cut: tuple[float, float] | None = None
) -> Markup:
    """Draws the equated score for each score with its 95 % band, and the identity line."""
    rows = [{**row, "x": row["score"], "y": row["equated"]} for row in table if row["equated"] is not None]
    if not rows:
        return Markup()
    bands = [(row, _band(row)) for row in rows]
    ys = [y for row, band in bands for y in (row["y"], *(band or ()))]
    low, high = min(rows[0]["x"], *ys, 0), max(rows[-1]["x"], *ys)
    panel = Panel(56, 14, WIDTH - 76, 330, rows[0]["x"], rows[-1]["x"], low, high)
    parts = [*upwards(panel, in_words(on_y)), *across(panel, in_words(on_x))]
    known = [(row["x"], band) for row, band in bands if band is not None]
    if known:
        edge = [*((x, band[1]) for x, band in known), *((x, band[0]) for x, band in reversed(known))]
        points = " ".join(f"{panel.x(x):.1f},{panel.y(y):.1f}" for x, y in edge)
        parts.append(f'<polygon points="{points}" fill="#c9dcec"/>')
    ends = [max(panel.x0, panel.y0), min(panel.x1, panel.y1)]
    parts.append(polyline([(panel.x(one), panel.y(one)) for one in ends], PENS[7], 1.2))
    parts.append(polyline([(panel.x(row["x"]), panel.y(row["y"])) for row in rows], PENS[0], 2.4))
    if cut is not None:
        x, y = panel.x(cut[0]), panel.y(cut[1])
        parts += [line((panel.left, y), (x, y), "cut"), line((x, y), (x, panel.bottom), "cut")]
        parts += [dot(x, y, 4, "seen")]
    sides = [(PENS[0], tell("converted")), (PENS[7], tell("the same number of points"))]
    for n, (pen, words) in enumerate(sides):
        y = panel.top + 14.0 + 18 * n
        parts.append(polyline([(panel.left + 12, y - 4), (panel.left + 44, y - 4)], pen, 2.2))
        parts.append(text((panel.left + 52, y), in_words(words), "label", "start"))
    if known:
        y = panel.top + 50.0
        parts.append(rect(panel.left + 12, y - 9, 32, 10, 'fill="#c9dcec"'))
        parts.append(text((panel.left + 52, y), in_words(tell("95 % band")), "label", "start"))
    some = [rows[n] for n in sorted({0, len(rows) // 4, len(rows) // 2, 3 * len(rows) // 4, len(rows) - 1})]
    points = joined([tell("{x} → {y}", x=f"{row['x']:g}", y=f"{row['y']:.1f}") for row in some], "; ")
    return drawn(
        panel.bottom + 44,
        "conversion",
        tell("What each score is worth on the other form"),
        tell("{points}. The table has every score.", points=points),
        parts,
    )


def _band(row: Document) -> tuple[float, float] | None:
    if row.get("low") is not None and row.get("high") is not None:
        return row["low"], row["high"]
    if row["se"] is None:
        return None
    return row["y"] - _Z * row["se"], row["y"] + _Z * row["se"]


# ── scales linked ────────────────────────────────────────────────────────────────────────────


def _link(found: Document) -> Markup:
    """Returns a picture of the equated scores; empty if none were equated."""
    if "equating" in found:
        return conversion_picture(found["equating"]["table"], tell("score of NEW"), tell("score of OLD"))
    return Markup()


# ── how sure decisions are ───────────────────────────────────────────────────────────────────


def _decisions(found: Document) -> Markup:
    """Returns a picture of the shares of candidates decided rightly and wrongly, for one cut and method."""
    row = next((one for one in found["table"] if one["accuracy"] is not None), None)
    if row is None:
        return Markup()
    parts: list[str] = []
    shares = [
        (row["accuracy"], "#2d7a46", tell("decided rightly")),
        (row["false_pass"], "#c0501f", tell("pass, but should fail")),
        (row["false_fail"], "#8a6a00", tell("fail, but should pass")),
    ]
    left, full = 12.0, WIDTH - 24
    for n, (share, colour, words) in enumerate(shares):
        parts.append(rect(left, 14, full * share, 40, f'fill="{colour}"'))
        left += full * share
        parts.append(rect(12, 70 + 22 * n, 14, 14, f'fill="{colour}"'))
        said = tell("{words}: {n} of 100", words=words, n=f"{100 * share:.1f}")
        parts.append(text((34, 82 + 22 * n), in_words(said), "label", "start"))
    title = tell("Decisions by true scores, of 100 candidates")
    return drawn(140, "decisions", title, tell("The sentences below say the same."), parts)


# ── cuts ─────────────────────────────────────────────────────────────────────────────────────


def _cut(found: Document) -> Markup:
    """Returns the cut of each form, with those of the judges if there are any."""
    return judges_picture(found.get("judges") or (), found["forms"])


_PICTURES: dict[str, Callable[[Document], Markup]] = {
    "equate": _conversion,
    "link": _link,
    "decisions": _decisions,
    **dict.fromkeys(
        ("angoff", "ebel", "bookmark", "borderline", "contrasting", "regression", "hofstee"), _cut
    ),
}
