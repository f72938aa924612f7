"""The cuts of judges, drawn on the score scale of each form."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from markupsafe import Markup

from examgen.core.words import Message, joined, tell
from examgen.rendering.plot import Panel, across, dot, figure, line, rect, text, ticks_of
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
