"""The result of an analysis → a picture of it, in the reader's language. The tables below it contain the same
values."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import exp, log

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
    ticks_of,
    upwards,
)
from examgen.site.reviews.cut_picture import (
    WIDTH,
    Document,
    cuts_told,
    drawn,
    form_named,
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
    """Returns a picture of the equated scores or, without them, of the common items' difficulties."""
    if "equating" in found:
        return conversion_picture(found["equating"]["table"], tell("score of NEW"), tell("score of OLD"))
    items = found["anchors"]
    if not items:
        return Markup()
    ends = [one[name] for one in items for name in ("b_y", "b_linked")]
    low, high = min(ends) - 0.3, max(ends) + 0.3
    panel = Panel(56, 14, WIDTH - 76, 330, low, high, low, high)
    parts = [
        *upwards(panel, in_words(tell("difficulty on OLD (logit)"))),
        *across(panel, in_words(tell("difficulty on NEW, carried to OLD (logit)"))),
        polyline([(panel.x(one), panel.y(one)) for one in (low, high)], PENS[7], 1.2),
    ]
    for one in items:
        x, y = panel.x(one["b_linked"]), panel.y(one["b_y"])
        parts.append(dot(x, y, 4.5, "sign" if one["drifts"] else "seen"))
        if one["drifts"]:
            parts.append(text((x + 8, y + 4), str(one["item"]), "label", "start"))
    drifted = [one["item"] for one in items if one["drifts"]]
    title = tell("Difficulties of the common items on both scales")
    description = (
        tell("Open circles have drifted from the line: {items}.", items=", ".join(drifted))
        if drifted
        else tell("No item has drifted from the line.")
    )
    return drawn(panel.bottom + 44, "link", title, description, parts)


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
    """Returns the picture that suits the method: limits, a curve, or the cuts of judges."""
    forms = found["forms"]
    if found["method"] == "hofstee":
        return _limits(forms)
    if found["method"] == "contrasting-groups" and all(form["slope"] for form in forms):
        return _chance(found)
    return judges_picture(found.get("judges") or (), forms)


def _limits(forms: Sequence[Document]) -> Markup:
    """Returns a picture of the judges' limits: a box for each form, and a dot at its compromise."""
    low, high = min(one["min_cut"] for one in forms), max(one["max_cut"] for one in forms)
    most = max(one["max_fail"] for one in forms)
    room = (high - low) * 0.1 + 0.5
    panel = Panel(56, 14, WIDTH - 76, 260, low - room, high + room, 0, min(1.0, most * 1.1 + 0.02))
    ticks = [(value, f"{100 * value:.0f}") for value, _ in ticks_of(0, panel.y1, 5)]
    parts = [
        *upwards(panel, in_words(tell("% who fail")), ticks),
        *across(panel, in_words(tell("cut, in points"))),
    ]
    for n, form in enumerate(forms):
        left, top = panel.x(form["min_cut"]), panel.y(form["max_fail"])
        right, bottom = panel.x(form["max_cut"]), panel.y(form["min_fail"])
        parts.append(rect(left, top, right - left, bottom - top, 'fill="none" stroke="#1f5a8c"'))
        parts.append(polyline([(left, top), (right, bottom)], PENS[n % len(PENS)], 1.6))
        x, y = panel.x(form["cut"]), panel.y(form["failing"])
        parts += [dot(x, y, 5, "seen"), *form_named(form, x + 9, y - 6)]
    title = tell("What judges can bear (box), and the compromise with those who would fail (dot)")
    return drawn(panel.bottom + 44, "cut", title, cuts_told(forms), parts)


def _chance(found: Document) -> Markup:
    """Returns a picture of the probability of being judged competent by score, with the cut of each form."""
    forms, at = found["forms"], found["probability"]
    last = max(form["points"] or 2 * form["cut"] for form in forms)
    panel = Panel(56, 14, WIDTH - 76, 260, 0, last, 0, 1)
    shares = [(n / 4, f"{25 * n}") for n in range(5)]
    parts = [
        *upwards(panel, in_words(tell("% held competent")), shares),
        *across(panel, in_words(tell("points"))),
    ]
    parts.append(line((panel.left, panel.y(at)), (panel.right, panel.y(at)), "grid"))
    for n, form in enumerate(forms):
        # as if the groups were of one size, where that was asked
        shift = log(form["competent"] / form["not_competent"]) if found["equal_groups"] else 0.0
        curve = [
            (x, 1 / (1 + exp(-max(min(form["intercept"] - shift + form["slope"] * x, 30.0), -30.0))))
            for x in (last * k / 100 for k in range(101))
        ]
        parts.append(polyline([(panel.x(x), panel.y(y)) for x, y in curve], PENS[n % len(PENS)], 2.2))
        x = panel.x(form["cut"])
        parts += [line((x, panel.y(at)), (x, panel.bottom), "cut")]
        parts += form_named(form, x + 6, panel.bottom - 8 - 16 * n)
    title = tell("How likely somebody is held competent, by score; dashed: the cut")
    return drawn(panel.bottom + 44, "cut", title, cuts_told(forms), parts)


_PICTURES: dict[str, Callable[[Document], Markup]] = {
    "equate": _conversion,
    "link": _link,
    "decisions": _decisions,
    **dict.fromkeys(
        ("angoff", "ebel", "bookmark", "borderline", "contrasting", "regression", "hofstee"), _cut
    ),
}
