"""Formulas of Word (OMML): written from the bank's formulas, and read as LaTeX.

References
----------
ISO/IEC 29500-1:2016, 22.1 (Office Math Markup Language).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from html import escape
from typing import Any
from xml.etree import ElementTree

from examgen.core.text.formulas import UnreadableFormula, mathml
from examgen.core.text.markdown import Formula
from examgen.interchange.markup import name_of

SPACE = "http://schemas.openxmlformats.org/officeDocument/2006/math"
_NARY = frozenset("∑∏∐∫∬∭∮⋃⋂")
_ACCENTS = {
    **dict.fromkeys("^ˆ", "\u0302"),
    **dict.fromkeys("~˜", "\u0303"),
    "˙": "\u0307",
    "¨": "\u0308",
    **dict.fromkeys("→\u20d7", "\u20d7"),
}
_BARS = frozenset("¯‾―_\u0305")
_OPEN, _SHUT = frozenset("([{|‖⟨⌊⌈"), frozenset(")]}|‖⟩⌋⌉")
_RELATIONS = frozenset("=<>≤≥≠≈≡→⇒⇔")
"""Signs that end the operand of a sum, product or integral."""
_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f]")


def written(formula: Formula) -> str:
    """Return the formula as `m:oMath`, within an `m:oMathPara` if it is displayed on its own line.

    A formula that cannot be drawn is written as its LaTeX text.
    """
    try:
        inner = _row(list(ElementTree.fromstring(mathml(formula))))
    except UnreadableFormula:
        inner = _run(formula.latex, upright=True)
    whole = f"<m:oMath>{inner}</m:oMath>"
    return f"<m:oMathPara>{whole}</m:oMathPara>" if formula.displayed else whole


def _name(element: ElementTree.Element) -> str:
    return element.tag.rpartition("}")[2]


def _run(text: str, upright: bool = False) -> str:
    if not text:
        return ""
    style = '<m:rPr><m:sty m:val="p"/></m:rPr>' if upright else ""
    letters = '<w:rPr><w:rFonts w:ascii="Cambria Math" w:hAnsi="Cambria Math"/></w:rPr>'
    said = escape(_NOT_XML.sub("", text), quote=False)
    return f'<m:r>{style}{letters}<m:t xml:space="preserve">{said}</m:t></m:r>'


def _row(parts: Sequence[ElementTree.Element]) -> str:
    """Return elements in sequence; a sum sign takes the following elements as its operand, and brackets those
    between them.
    """
    made, at = "", 0
    while at < len(parts):
        if (sign := _nary_of(parts[at])) is not None:
            end = next((n for n in range(at + 1, len(parts)) if _text(parts[n]) in _RELATIONS), len(parts))
            name, inside = _name(parts[at]), list(parts[at])
            low = [inside[1]] if name in ("munderover", "msubsup", "munder", "msub") else []
            high = [inside[-1]] if name in ("munderover", "msubsup", "mover", "msup") else []
            where = "undOvr" if name.startswith("mu") or name == "mover" else "subSup"
            hidden = ("" if low else '<m:subHide m:val="1"/>') + ("" if high else '<m:supHide m:val="1"/>')
            made += (
                f'<m:nary><m:naryPr>{_sign("chr", sign)}<m:limLoc m:val="{where}"/>{hidden}</m:naryPr>'
                f"{_in('sub', low)}{_in('sup', high)}{_in('e', parts[at + 1 : end])}</m:nary>"
            )
            at = end
            continue
        if (shuts := _closes(parts, at)) is not None:
            opened, shut = _text(parts[at]), _text(parts[shuts])
            made += (
                f"<m:d><m:dPr>{_sign('begChr', opened)}{_sign('endChr', shut)}</m:dPr>"
                f"<m:e>{_row(parts[at + 1 : shuts])}</m:e></m:d>"
            )
            at = shuts + 1
            continue
        made += _element(parts[at])
        at += 1
    return made


def _closes(parts: Sequence[ElementTree.Element], at: int) -> int | None:
    """Return the place where the bracket that opens here closes; None if none opens or closes."""
    if _name(parts[at]) != "mo" or _text(parts[at]) not in _OPEN:
        return None
    depth, own = 0, _text(parts[at])
    for place in range(at + 1, len(parts)):
        if _name(parts[place]) != "mo":
            continue
        text = _text(parts[place])
        if text in _SHUT and depth == 0 and (text not in _OPEN or text == own):
            return place
        depth += (text in _OPEN and text not in _SHUT) - (text in _SHUT and text not in _OPEN)
    return None


def _text(element: ElementTree.Element) -> str:
    return "".join(element.itertext()).strip()


def _sign(name: str, sign: str) -> str:
    return f'<m:{name} m:val="{escape(sign)}"/>'


def _element(element: ElementTree.Element) -> str:
    """Return a single element of MathML; one with an unexpected number of parts becomes the row of its
    parts.
    """
    name, parts = _name(element), list(element)
    if name in ("mi", "mn", "mo", "mtext", "ms"):
        text = "".join(element.itertext())
        return _run(text, name == "mtext" or (name == "mi" and len(text) > 1))
    if name == "mspace":
        width = element.get("width", "")
        return _run("\u2009") if not width.startswith(("-", "0em", "0px")) and width != "0" else ""
    if len(parts) == 2:
        one, two = parts
        if name == "mfrac":
            return f"<m:f>{_in('num', [one])}{_in('den', [two])}</m:f>"
        if name == "mroot":
            return f"<m:rad>{_in('deg', [two])}{_e([one])}</m:rad>"
        if name in ("msup", "msub"):
            part = name[1:]
            kind = f"s{part.capitalize()}"
            return f"<m:{kind}>{_e([one])}{_in(part, [two])}</m:{kind}>"
        if name == "mover" and (sign := _text(two)) in _ACCENTS:
            return f"<m:acc><m:accPr>{_sign('chr', _ACCENTS[sign])}</m:accPr>{_e([one])}</m:acc>"
        if name in ("mover", "munder") and _text(two) in _BARS:
            place = "top" if name == "mover" else "bot"
            return f'<m:bar><m:barPr><m:pos m:val="{place}"/></m:barPr>{_e([one])}</m:bar>'
        if name in ("mover", "munder"):
            kind = "limUpp" if name == "mover" else "limLow"
            return f"<m:{kind}>{_e([one])}{_in('lim', [two])}</m:{kind}>"
    if len(parts) == 3 and name == "msubsup":
        one, low, high = parts
        return f"<m:sSubSup>{_e([one])}{_in('sub', [low])}{_in('sup', [high])}</m:sSubSup>"
    if len(parts) == 3 and name == "munderover":
        one, low, high = parts
        below = f"<m:limLow>{_e([one])}{_in('lim', [low])}</m:limLow>"
        return f"<m:limUpp><m:e>{below}</m:e>{_in('lim', [high])}</m:limUpp>"
    if name == "mtable":
        rows = "".join(f"<m:mr>{''.join(_e([cell]) for cell in row)}</m:mr>" for row in parts)
        return f"<m:m>{rows}</m:m>"
    if name == "msqrt":
        return f'<m:rad><m:radPr><m:degHide m:val="1"/></m:radPr><m:deg/>{_e(parts)}</m:rad>'
    if name == "mfenced":
        opened, shut = _sign("begChr", element.get("open", "(")), _sign("endChr", element.get("close", ")"))
        return f"<m:d><m:dPr>{opened}{shut}</m:dPr>{''.join(_e([part]) for part in parts)}</m:d>"
    if name == "mphantom":
        return f'<m:phant><m:phantPr><m:show m:val="0"/></m:phantPr>{_e(parts)}</m:phant>'
    if name == "menclose":
        return f"<m:borderBox>{_e(parts)}</m:borderBox>"
    return _row(parts) if parts else _run(_text(element))


def _nary_of(element: ElementTree.Element) -> str | None:
    """Return the sign if an element is a sum, product or integral, with or without limits; else None."""
    name = _name(element)
    if name in ("munderover", "msubsup", "munder", "mover", "msub", "msup"):
        first = next(iter(element), None)
        return _nary_of(first) if first is not None and _name(first) in ("mo", "mi") else None
    return text if name in ("mo", "mi") and (text := _text(element)) in _NARY else None


def _e(parts: Iterable[ElementTree.Element]) -> str:
    return _in("e", parts)


def _in(name: str, parts: Iterable[ElementTree.Element]) -> str:
    return f"<m:{name}>{_row(list(parts))}</m:{name}>"


_UNREAD = "\0"
_ACCENTS_READ = {
    "\u0302": r"\hat",
    "\u0303": r"\tilde",
    "\u20d7": r"\vec",
    "\u0307": r"\dot",
    "\u0305": r"\overline",
    "\u0308": r"\ddot",
}


def latex_of(element: Any) -> str | None:
    """Return a formula of Word in LaTeX; None if it has parts that cannot be read."""
    latex = read(element).strip()
    return None if _UNREAD in latex else latex


def read(element: Any) -> str:
    """Return a part of a formula of Word (OMML; ISO/IEC 29500-1, 22.1) in LaTeX."""
    name = name_of(element)
    parts = {name_of(one): one for one in element}

    def inner(part: str) -> str:
        return "".join(read(one) for one in parts[part]).strip() if part in parts else ""

    if name == "t":
        return element.text or ""
    if name == "f":
        return rf"\frac{{{inner('num')}}}{{{inner('den')}}}"
    if name == "sSup":
        return f"{{{inner('e')}}}^{{{inner('sup')}}}"
    if name == "sSub":
        return f"{{{inner('e')}}}_{{{inner('sub')}}}"
    if name == "sSubSup":
        return f"{{{inner('e')}}}_{{{inner('sub')}}}^{{{inner('sup')}}}"
    if name == "rad":
        return rf"\sqrt[{inner('deg')}]{{{inner('e')}}}" if inner("deg") else rf"\sqrt{{{inner('e')}}}"
    if name == "d":
        signs = {name_of(one): one.get(f"{{{SPACE}}}val", "") for one in element.iter()}
        inside = ",".join("".join(map(read, part)).strip() for part in element if name_of(part) == "e")
        begins, ends = (signs.get(sign, otherwise) for sign, otherwise in (("begChr", "("), ("endChr", ")")))
        escaped = [re.sub(r"([{}])", r"\\\1", sign) or "." for sign in (begins, ends)]
        return (
            f"\\left{escaped[0]}{inside}\\right{escaped[1]}"
            if [begins, ends] != ["(", ")"]
            else f"({inside})"
        )
    if name == "m":
        rows = (
            " & ".join("".join(map(read, cell)).strip() for cell in row)
            for row in element
            if name_of(row) == "mr"
        )
        return r"\begin{matrix}" + r" \\ ".join(rows) + r"\end{matrix}"
    if name == "bar":
        return rf"\overline{{{inner('e')}}}"
    if name == "acc":
        sign = next(
            (one.get(f"{{{SPACE}}}val", "") for one in element.iter() if name_of(one) == "chr"), "\u0302"
        )
        return rf"{_ACCENTS_READ.get(sign, _UNREAD)}{{{inner('e')}}}"
    if name == "limLow":
        return f"{inner('e')}_{{{inner('lim')}}}"
    if name == "limUpp":
        return f"{inner('e')}^{{{inner('lim')}}}"
    if name in ("sPre", "eqArr", "groupChr", "phant", "borderBox", "box"):
        return _UNREAD + "".join(read(one) for one in element)
    if name == "nary":
        sign = next((one.get(f"{{{SPACE}}}val", "∫") for one in element.iter() if name_of(one) == "chr"), "∫")
        made = {"∑": r"\sum", "∏": r"\prod", "∫": r"\int"}.get(sign, sign)
        low, high = inner("sub"), inner("sup")
        return made + (f"_{{{low}}}" if low else "") + (f"^{{{high}}}" if high else "") + f" {inner('e')}"
    if name.endswith("Pr"):
        return ""
    return "".join(read(one) for one in element)
