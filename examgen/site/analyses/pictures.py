"""The result of an analysis, or the cuts of judges → a picture of it, in the reader's language. The tables
below it contain the same values."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from markupsafe import Markup

from examgen.core.words import Message, joined, tell
from examgen.rendering.plot import (
    PENS,
    Panel,
    across,
    dot,
    figure,
    line,
    polyline,
    rect,
    text,
    ticks_of,
    upwards,
)
from examgen.site.language import told

Document = dict[str, Any]
WIDTH = 640.0


def judges_picture(judges: Sequence[Document], forms: Sequence[Document]) -> Markup:
    """Draws one line for each form with the cut of each judge, and the overall cut with its 95 % interval."""
    own_of = [
        [
            one["cut"]
            for one in judges
            if one.get("cut") is not None and one.get("form", form["form"]) == form["form"]
        ]
        for form in forms
    ]
    values = [value for form, own in zip(forms, own_of, strict=True) for value in (*own, *_ends(form))]
    low, high = min(values), max(values)
    room = max((high - low) * 0.12, 0.5)
    panel = Panel(90, 10, WIDTH - 110, 46.0 * len(forms), low - room, high + room, 0, len(forms))
    parts = across(panel, in_words(tell("points")), ticks_of(panel.x0, panel.x1, 8))
    for n, (form, own) in enumerate(zip(forms, own_of, strict=True)):
        y = panel.top + 46.0 * n + 23
        first, last = _ends(form)
        parts.append(rect(panel.x(first), y - 14, panel.x(last) - panel.x(first), 28, 'class="asked"'))
        parts.append(line((panel.x(form["cut"]), y - 18), (panel.x(form["cut"]), y + 18), "cut"))
        parts += [dot(panel.x(value), y, 4.5, "seen") for value in own]
        parts += form_named(form, panel.left - 10, y + 4, "end")
    title = (
        tell("The cut of each judge (dots), and the cut of all (dashed) with its 95 % interval")
        if any(own_of)
        else tell("The cut (dashed) with its 95 % interval")
    )
    return drawn(panel.bottom + 44, "cut", title, cuts_told(forms), parts)


def in_words(message: Message) -> str:
    """Returns a message in the reader's language."""
    return str(told(message))


def drawn(height: float, name: str, title: Message, description: Message, parts: Iterable[str]) -> Markup:
    """Returns a figure with its title. The functions that draw its parts escape all text."""
    svg = figure(WIDTH, height, name, in_words(title), in_words(description), parts)
    return Markup('<figure class="picture">{}<figcaption>{}</figcaption></figure>').format(
        Markup(svg), in_words(title)
    )


def _ends(form: Document) -> tuple[float, float]:
    """Returns the ends of the interval, limited to the score scale."""
    low, high = (form["cut"] if form[end] is None else form[end] for end in ("low", "high"))
    most = form.get("points")
    return (low, high) if most is None else (max(low, min(0.0, form["cut"])), min(high, float(most)))


def form_named(form: Document, x: float, y: float, anchor: str = "start") -> list[str]:
    """Returns the label of a form beside a point; empty if the form has no name."""
    words = in_words(tell("form {form}", form=form["form"])) if form["form"] else ""
    return [text((x, y), words, "label", anchor)] if words else []


def cuts_told(forms: Sequence[Document]) -> Message:
    """Returns the cut of each form, as a message."""
    return joined(
        [tell("{form}: cut {cut}", form=form["form"] or "–", cut=f"{form['cut']:.2f}") for form in forms],
        "; ",
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
