"""Converts MathML to LaTeX, for the elements that occur in questions, or to its characters only."""

from __future__ import annotations

from typing import Any

# ruff: noqa: E501
_OPERATORS = {
    "×": r"\times ", "÷": r"\div ", "±": r"\pm ", "∓": r"\mp ", "≤": r"\le ", "≥": r"\ge ", "≠": r"\ne ",
    "≈": r"\approx ", "∞": r"\infty ", "∑": r"\sum ", "∏": r"\prod ", "∫": r"\int ", "√": r"\surd ", "·": r"\cdot ",
    "⋅": r"\cdot ", "→": r"\to ", "⇒": r"\Rightarrow ", "∈": r"\in ", "∂": r"\partial ", "∇": r"\nabla ",
    "α": r"\alpha ", "β": r"\beta ", "γ": r"\gamma ", "δ": r"\delta ", "ε": r"\epsilon ", "θ": r"\theta ",
    "λ": r"\lambda ", "μ": r"\mu ", "π": r"\pi ", "ρ": r"\rho ", "σ": r"\sigma ", "φ": r"\phi ", "ω": r"\omega ",
    "Δ": r"\Delta ", "Σ": r"\Sigma ", "Ω": r"\Omega ", "{": r"\{", "}": r"\}", "%": r"\%", "#": r"\#", "&": r"\&",
    "$": r"\$", "_": r"\_", "−": "-", "\u2061": "", "\u2062": "", "\u2063": ",", "\u00a0": r"\ ",
}  # fmt: skip
_UNREAD = frozenset(("mmultiscripts", "menclose", "mphantom", "mglyph", "maction", "mlongdiv", "mstack"))
"""Elements that show more than their characters and cannot be read."""
_FUNCTIONS = frozenset(
    (
        "sin", "cos", "tan", "cot", "sec", "csc", "log", "ln", "exp", "lim", "max", "min", "arcsin", "arccos",
        "arctan", "sinh", "cosh", "tanh",
    )
)  # fmt: skip
_ACCENTS = {"¯": r"\overline", "‾": r"\overline", "^": r"\hat", "→": r"\vec", "˙": r"\dot", "~": r"\tilde"}


def _name(element: Any) -> str:
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""


def characters(element: Any) -> str:
    """Return the characters of the formula, without annotations."""
    parts = [element.text or ""]
    for child in element:
        if not _name(child).startswith("annotation"):
            parts.append(characters(child) if _name(child) else "")
        parts.append(child.tail or "")
    return "".join(parts)


def _annotated(element: Any) -> str:
    """Return the TeX annotation of a formula; "" if it has none."""
    parts = (one for one in element.iter() if _name(one) == "annotation")
    said = (one.text or "" for one in parts if "tex" in one.get("encoding", "").lower())
    return next((" ".join(text.split()) for text in said if text.strip()), "")


def is_unread(element: Any) -> bool:
    """Return whether the formula has elements that cannot be read, and no TeX annotation."""
    return not _annotated(element) and any(_name(one) in _UNREAD for one in element.iter())


def latex_of(element: Any) -> str:
    """Return the formula in LaTeX, taken from its TeX annotation if it has one."""
    return _annotated(element) or _row(element).strip()


def _row(element: Any) -> str:
    return "".join(_latex(child) for child in element if _name(child))


def _braced(element: Any) -> str:
    return f"{{{_latex(element).strip()}}}"


def _signs(text: str) -> str:
    return "".join(_OPERATORS.get(sign, sign) for sign in text)


def _latex(element: Any) -> str:
    name, text = _name(element), " ".join((element.text or "").split())
    parts = [child for child in element if _name(child)]
    if name == "mspace":
        return r"\ "
    if name in ("mtext", "ms"):
        return rf"\text{{{text}}}" if text else " "
    if name in ("mi", "mn", "mo"):
        if text in _FUNCTIONS:
            return rf"\{text} "
        return rf"\text{{{text}}}" if name == "mi" and len(text) > 1 and text.isalpha() else _signs(text)
    # fractions, roots, superscripts and subscripts that have the number of parts they need
    if len(parts) == 2:
        if name == "mfrac":
            return rf"\frac{_braced(parts[0])}{_braced(parts[1])}"
        if name == "mroot":
            return rf"\sqrt[{_latex(parts[1]).strip()}]{_braced(parts[0])}"
        if name == "mover" and (over := "".join(parts[1].itertext()).strip()) in _ACCENTS:
            return f"{_ACCENTS[over]}{_braced(parts[0])}"
        if name in ("msup", "mover", "msub", "munder"):
            return f"{_based(parts[0])}{'^' if name in ('msup', 'mover') else '_'}{_braced(parts[1])}"
    if len(parts) == 3 and name in ("msubsup", "munderover"):
        return f"{_based(parts[0])}_{_braced(parts[1])}^{_braced(parts[2])}"
    if name == "msqrt":
        return rf"\sqrt{{{_row(element).strip()}}}"
    if name == "mfenced":
        start, end = element.get("open", "("), element.get("close", ")")
        between = (element.get("separators", ",") or " ")[0]
        inner = between.join(_latex(part) for part in parts)
        return rf"\left{_signs(start) or '.'}{inner}\right{_signs(end) or '.'}"
    if name == "mtable":
        rows = (" & ".join(_row(cell).strip() for cell in row if _name(cell)) for row in parts)
        return r"\begin{matrix}" + r" \\ ".join(rows) + r"\end{matrix}"
    if name == "semantics":
        return _latex(parts[0]) if parts else ""
    if name.startswith("annotation"):
        return ""
    return _row(element) if parts else _signs(text)


def _based(element: Any) -> str:
    made = _latex(element).strip()
    return made if len(made) <= 1 or (made.startswith("\\") and made[1:].isalpha()) else f"{{{made}}}"
