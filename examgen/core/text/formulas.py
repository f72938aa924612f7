"""Formulas (LaTeX): their drawing as SVG paths, their MathML, their text on one line, and their faults.

They are drawn by ziamath in STIX Two Math. The drawing contains the outlines of the characters, so it needs
no font and looks the same everywhere. Lengths are in em of the surrounding text.
"""

from __future__ import annotations

import re
import unicodedata
import warnings
from collections.abc import Iterator
from functools import cache, lru_cache
from typing import Any, NamedTuple
from xml.etree import ElementTree

from examgen.core.problems import Refused
from examgen.core.text.markdown import Formula
from examgen.core.words import Message, tell

SCALE = 1.06
"""The size of a formula relative to the text, chosen so that its digits are as high as those of Sarabun."""

LONGEST = 1000
_UNITS_PER_EM = 1000

# what the reader of LaTeX takes and papers have no use for: colours, links, numbers, definitions that
# would last for all formulas after them
_REFUSED = re.compile(
    r"\\(?:tag|label|href|color|textcolor|colorbox|fcolorbox|class|style|verb|def|newcommand|renewcommand"
    r"|newenvironment|DeclareMathOperator|unicode)(?![A-Za-z])\*?"
)
_ENVIRONMENTS = frozenset(
    f"{name}{star}"
    for name in ("matrix", "pmatrix", "bmatrix", "Bmatrix", "vmatrix", "Vmatrix", "align")
    for star in ("", "*")
) | {"array", "cases", "smallmatrix", "split", "aligned", "substack"}
_BEGIN = re.compile(r"\\begin\s*\{([^}]*)\}")
_COMMAND = re.compile(r"\\(?:begin|end)\s*\{[^}]*\}|\\[A-Za-z]+|[{}&\\]")
_BRACE = re.compile(r"(?<!\\)((?:\\\\)*)([{}])")
_MATHML = re.compile(
    "math|mrow|m[inos]|mtext|mspace|mfrac|msqrt|mroot|msu[bp]|msubsup|munder|mover|munderover|mtable|mt[rd]"
    "|menclose|mpadded|mphantom|mstyle|mfenced|mmultiscripts|mprescripts|none"
)
_ACTS = re.compile(r"on|href|src|style|class|id|\{")
"""Attributes that have an effect in a browser, which the text of a formula could be made to contain."""
_NAMESPACE = re.compile(r"\{[^}]*\}")
_BETWEEN = {"mfrac": "/", "msup": "^", "msub": "_", "mroot": "√"}


class UnreadableFormula(Refused):
    """A formula that cannot be drawn."""


class FormulaDrawing(NamedTuple):
    """A drawn formula: its size in em, and its SVG shapes in thousandths of an em, with y downwards from the
    baseline."""

    left: float
    width: float
    ascent: float
    depth: float
    shapes: str


def fault(formula: Formula) -> Message | None:
    """Returns the reason why a formula cannot be drawn, and what to write instead; None if it can."""
    try:
        drawing(formula)
    except UnreadableFormula as reason:
        return reason.message
    return None


@lru_cache(maxsize=4096)
def drawing(formula: Formula) -> FormulaDrawing:
    """Returns the drawing of a formula. Raises UnreadableFormula if it cannot be drawn."""
    if wrong := _wrong(formula.latex):
        raise UnreadableFormula(tell("formula {formula} {wrong}", formula=_shown(formula.latex), wrong=wrong))
    try:
        drawn = _drawn(formula)
    # the libraries raise what they please at LaTeX that they cannot read, assertions among it
    except Exception as error:
        if isinstance(error, AssertionError):
            reason: str = tell("a command lacks an argument in braces")
        elif isinstance(error, UnreadableFormula):
            reason = error.args[0]
        else:  # in few words: of `MissingEndError` missing end
            words = re.findall("[A-Z][a-z]*", type(error).__name__.removesuffix("Error"))
            reason = str(error).splitlines()[0] if str(error) else " ".join(words).lower()
        message = tell(
            "formula {formula} is not valid LaTeX ({reason}). Correct it.",
            formula=_shown(formula.latex),
            reason=reason,
        )
        raise UnreadableFormula(message) from error
    if not drawn.shapes:
        raise UnreadableFormula(
            tell("formula {formula} draws nothing. Remove it.", formula=_shown(formula.latex))
        )
    return drawn


@lru_cache(maxsize=4096)
def mathml(formula: Formula) -> str:
    """Returns the MathML of a formula. Raises UnreadableFormula if it cannot be drawn."""
    drawing(formula)
    return _mathml(formula)


@lru_cache(maxsize=4096)
def on_one_line(formula: Formula) -> str:
    """Returns the characters of a formula in reading order: a/b, x^2, √2. For a formula that cannot be drawn,
    returns its LaTeX without commands."""
    try:
        return "".join(_said(ElementTree.fromstring(mathml(formula))))
    except UnreadableFormula:
        return _COMMAND.sub(" ", formula.latex)


def width_em(formula: Formula) -> float:
    """Returns the width of a formula in em; 0 if it cannot be drawn."""
    try:
        return drawing(formula).width
    except UnreadableFormula:
        return 0.0


# ── what is wrong with it ────────────────────────────────────────────────────────────────────


def _wrong(latex: str) -> str | None:
    """Returns the fault of LaTeX that can be found before drawing; None if there is none."""
    if not latex:
        return tell("is empty. Remove the dollar signs.")
    if len(latex) > LONGEST:
        return tell("is longer than {n} characters. Split it.", n=LONGEST)
    font = _ziamath().zmath.loadedfonts["default"]
    if lacking := [
        char
        for char in latex
        if char not in "\n\t " and not (char.isprintable() and font.glyphindex(char) > 0)
    ]:
        name = unicodedata.name(lacking[0], "unnamed")
        advice = (
            tell("write Thai outside the dollar signs, and \\$ for a dollar sign")
            if "THAI" in name
            else tell("write it in LaTeX")
        )
        return tell(
            "contains {char!r} (U+{code:04X}, {name}), which formulas do not support. Please {advice}.",
            char=lacking[0],
            code=ord(lacking[0]),
            name=name,
            advice=advice,
        )
    if refused := _REFUSED.search(latex):
        return tell("uses {what}, which cannot be printed. Remove it.", what=refused[0])
    if strange := [name for name in _BEGIN.findall(latex) if name not in _ENVIRONMENTS]:
        return tell(
            "begins an unknown environment, {name!r}. Use pmatrix, bmatrix, cases, array or align.",
            name=strange[0],
        )
    if "\\begin" not in latex and re.search(r"(?<!\\)&", latex):
        return tell("contains an & outside a matrix. Write \\&.")
    open_braces = 0
    for _, brace in _BRACE.findall(latex):
        open_braces += 1 if brace == "{" else -1
        if open_braces < 0:
            return tell("contains a }} without {{ before it. Add or remove a brace.")
    return tell("contains a {{ that is not closed. Close it.") if open_braces else None


def _shown(latex: str) -> str:
    short = " ".join(latex.split())
    return f"${short}$" if len(short) <= 60 else f"${short[:60]}…$"


# ── drawing ──────────────────────────────────────────────────────────────────────────────────


@cache
def _ziamath() -> Any:
    with warnings.catch_warnings():
        # it finds its own font in a way that Python will one day no longer have
        warnings.simplefilter("ignore")
        import ziamath
        import ziamath.tex
    from ziamath.config import config

    # shapes and no references to them: two formulas of one page would share their names
    config.svg2 = False
    config.precision = 1
    return ziamath


def _mathml(formula: Formula) -> str:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return str(_ziamath().tex.tex2mml(formula.latex, inline=not formula.displayed))


def _drawn(formula: Formula) -> FormulaDrawing:
    source = _mathml(formula)
    for leaf in ElementTree.fromstring(source).iter():
        if unknown := re.search(r"\\[A-Za-z]+", leaf.text or ""):
            raise UnreadableFormula(tell("{command} is not a known command", command=unknown[0]))
        known = _MATHML.fullmatch(_NAMESPACE.sub("", leaf.tag))
        if not known or any(map(_ACTS.match, leaf.attrib)):
            raise UnreadableFormula(tell("it contains markup of another kind"))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        picture = _ziamath().Math(source, size=_UNITS_PER_EM * SCALE)
        box = picture.node.bbox
        root = ElementTree.Element("svg")
        picture.drawon(root)
    shapes = []
    for shape in (one for group in root for one in group.iter() if one.tag != "g"):
        # in the colour of the text, with no names of their own
        kept = {name: value for name, value in shape.attrib.items() if name != "fill"}
        if shape.get("fill") == "none":
            kept["fill"] = "none"
        if "stroke" in kept and kept["stroke"] != "none":
            kept["stroke"] = "currentColor"
        shapes.append(ElementTree.tostring(ElementTree.Element(shape.tag, kept), encoding="unicode"))
    return FormulaDrawing(
        left=box.xmin / _UNITS_PER_EM,
        width=(box.xmax - box.xmin) / _UNITS_PER_EM,
        ascent=max(0.0, box.ymax) / _UNITS_PER_EM,
        depth=max(0.0, -box.ymin) / _UNITS_PER_EM,
        shapes="".join(shapes),
    )


# ── reading ──────────────────────────────────────────────────────────────────────────────────


def _said(element: ElementTree.Element) -> Iterator[str]:
    tag = _NAMESPACE.sub("", element.tag)
    if tag == "mspace":
        yield " "
    elif tag in ("msqrt", "mtr"):
        yield "√" if tag == "msqrt" else " "
    yield (element.text or "").strip() if tag != "mtext" else element.text or ""
    for n, child in enumerate(reversed(element) if tag == "mroot" else element):
        yield _BETWEEN.get(tag, "") if n else ""
        yield " " if tag == "mtd" and not n else ""
        yield from _said(child)
