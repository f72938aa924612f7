"""Formula → the HTML that draws it in a line or on a line of its own, for paper and for screens.

The drawing stands in the page as an SVG element, sized in em so that it grows with large print, its foot
as far under the line as the formula reaches. Its title, which becomes the alternative text of a tagged
PDF, is the LaTeX between dollar signs: by these `examgen.pdf` tells a formula from a picture.
"""

from __future__ import annotations

import re

from markupsafe import Markup, escape

from examgen.formulas import drawing, mathml
from examgen.markdown import Formula

_MARGIN_EM = 0.03
"""Kept around a drawing for strokes, which its measures leave out."""

_DRAWN = re.compile(r'<svg class="formula( displayed)?"[^>]*><title>\$([^<]*)\$</title>')


def formula_html(formula: Formula) -> Markup:
    """The formula as inline SVG; raises UnreadableFormula."""
    found = drawing(formula)
    left, top = found.left - _MARGIN_EM, -found.ascent - _MARGIN_EM
    width, height = found.width + 2 * _MARGIN_EM, found.ascent + found.depth + 2 * _MARGIN_EM
    viewbox = " ".join(f"{1000 * number:.1f}" for number in (left, top, width, height))
    name = "formula displayed" if formula.displayed else "formula"
    foot = -found.depth - _MARGIN_EM
    return Markup(
        f'<svg class="{name}" xmlns="http://www.w3.org/2000/svg" role="img" viewBox="{viewbox}"'
        f' style="width: {width:.3f}em; height: {height:.3f}em; vertical-align: {foot:.3f}em">'
        f"<title>${escape(formula.latex)}$</title>{found.shapes}</svg>"
    )


def with_mathml(html: str) -> str:
    """A page in which each drawn formula is followed by the same in MathML, for screen readers alone."""

    def spoken(found: re.Match[str]) -> str:
        formula = Formula(str(Markup(found[2]).unescape()), bool(found[1]))
        hidden = found[0].replace('role="img"', 'aria-hidden="true" focusable="false"')
        return f'<span class="spoken">{mathml(formula)}</span>{hidden}'

    return _DRAWN.sub(spoken, html)
