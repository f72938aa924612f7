"""Items of the bank → exercises of R/exams (Rmd): a file an item, its pictures beside it, packed in a zip.

Texts are Markdown as Pandoc reads it, every sign that Pandoc would take for markup escaped; nothing of them
is code that knitr would run. The one chunk of R in a file fetches its pictures.

References
----------
Zeileis, Umlauf & Leisch (2014), J. Stat. Softw. 58(1); https://www.r-exams.org/intro/dynamic/.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any
from urllib.parse import unquote

from examgen.core.text.markdown import Formula, formula_of, reader
from examgen.interchange.writing import Sent, packed

_SIGNS = re.compile(r"[\\*_{}\[\]<>$~^@|'\"&]|(?<=-)-|(?<=\.)\.")
"""Signs that are markup for Pandoc, wherever they stand."""
_AT_A_START = re.compile(r"^(?:([-+=:#%])|(\(?)([0-9]+|[A-Za-z]+|#|@)([.)]))")
"""What begins a list, a heading or a definition, where it begins a line."""
NOT_A_FIGURE = "<!-- -->"
"""Behind a picture that stands alone: without it Pandoc prints its alt text as a caption."""
_RULES = {"left": ":---", "center": ":---:", "right": "---:"}


def write(sent: Sequence[Sent], unit: str) -> bytes:
    """The exercises, packed, in the order of the items."""
    members: dict[str, bytes] = {}
    for one in sent:
        names = {}
        for name, data in one.pictures.items():
            stem, _, kind = name.rpartition(".")
            safe = re.sub(r"[^A-Za-z0-9]+", "-", stem).strip("-") or "picture"
            names[name] = f"{safe}-{hashlib.sha256(data).hexdigest()[:8]}.{kind.lower()}"
        members[f"{file_of(one.item.id)}.Rmd"] = _exercise(one, unit, names).encode()
        members |= {names[name]: data for name, data in one.pictures.items()}
    return packed(members)


def file_of(item: str) -> str:
    """The id as a name of a file that every machine takes."""
    safe = re.sub(r"[^A-Za-z0-9_.-]", "_", item)
    return safe if safe == item else f"{safe}-{hashlib.sha256(item.encode()).hexdigest()[:8]}"


def _exercise(one: Sent, unit: str, names: dict[str, str]) -> str:
    item = one.item

    def marked(text: str, field: str) -> str:
        return markdown(text, field, lambda name: names.get(name, "not-there"))

    used = dict.fromkeys(names.values())
    fetched = "".join(f'include_supplement("{name}")\n' for name in used)
    chunk = f"```{{r, echo = FALSE, results = 'hide'}}\n{fetched}```\n\n" * bool(used)
    stem = marked(item.stem, "stem")
    if one.stimulus:
        stem = f"{marked(one.stimulus[1], 'stimulus')}\n\n{stem}"
    meta = {
        "exname": item.id,
        "extype": "schoice" if len(item.key) == 1 else "mchoice",
        "exsolution": "".join(str(int(name in item.key)) for name in item.options),
        "exshuffle": "FALSE" if item.anchored else "TRUE",
        "exsection": one.category(unit),
        "extags": "|".join(one.tags),
    }
    said = "".join(f"{name}: {value}\n" for name, value in meta.items()).replace("`", "'")
    options = _list(marked(text, "options") for text in item.options.values())
    return (
        f"{chunk}Question\n========\n{stem}\n\n{options}"
        f"\nSolution\n========\n{escaped(item.reference)}\n\n"
        f"{_list(marked(item.rationale.get(name, ''), 'rationale') for name in item.options)}"
        f"\nMeta-information\n================\n{said}"
    )


def _list(texts: Iterable[str]) -> str:
    """Entries, each on a line of its own: R/exams joins the lines of one by blanks, and cuts at `\\item`."""
    entries = (text.replace("\\item", "\\&#105;tem").replace("\n", "\n  ") for text in texts)
    return "Answerlist\n----------\n" + "".join(f"* {text}".rstrip() + "\n" for text in entries)


def markdown(text: str, field: str, address: Callable[[str], str]) -> str:
    """A text as Pandoc's Markdown; `address` says what a picture is called there."""
    made: list[str] = []
    lists: list[list[Any]] = []
    begins = True
    tokens = reader(field).parse(text)
    at = 0
    while at < len(tokens):
        token = tokens[at]
        if formula := formula_of(token):
            made.append(f"\n\n{_indent(lists)}{_formula(formula)}")
        elif token.type in ("bullet_list_open", "ordered_list_open"):
            made.append("\n" * (not lists))
            lists.append([token.type == "ordered_list_open", 0])
        elif token.type in ("bullet_list_close", "ordered_list_close"):
            lists.pop()
        elif token.type == "list_item_open":
            lists[-1][1] += 1
            mark = f"{lists[-1][1]}. " if lists[-1][0] else "- "
            made.append(f"\n{_indent(lists[:-1])}{mark:<4}")
            begins = False
        elif token.type == "table_open":
            end = next(n for n in range(at, len(tokens)) if tokens[n].type == "table_close")
            rows: list[list[str]] = []
            rules: list[str] = []
            for part in tokens[at:end]:
                if part.type == "tr_open":
                    rows.append([])
                elif part.type == "th_open":
                    found = re.search("text-align:(left|center|right)", str(part.attrGet("style") or ""))
                    rules.append(_RULES[found[1]] if found else "---")
                elif part.type == "inline":
                    rows[-1].append(_inline(part.children or (), address, False).replace("\\\n", " "))
            lines = [f"| {' | '.join(row)} |" for row in rows]
            made.append("\n\n" + "\n".join([lines[0], f"|{'|'.join(rules)}|", *lines[1:]]))
            at = end
        elif token.type == "inline":
            lead = f"\n\n{_indent(lists)}" if begins else ""
            made.append(lead + _inline(token.children or (), address).replace("\n", "\n" + _indent(lists)))
            begins = True
        at += 1
    return "".join(made).strip("\n")


def _indent(lists: Sequence[Any]) -> str:
    return "    " * len(lists)


def _inline(tokens: Sequence[Any], address: Callable[[str], str], figures: bool = True) -> str:
    made: list[str] = []
    for token in tokens:
        kind, content = token.type, token.content
        if formula := formula_of(token):
            made.append(_formula(formula))
        elif kind in ("softbreak", "hardbreak"):
            made.append("\\\n")
        elif kind == "image":
            made.append(f"![{escaped(content)}]({address(unquote(str(token.attrs['src'])))})")
        elif kind == "code_inline" and "`" not in content and not re.match(r"r[ #]", content):
            made.append(f"`{content}`")
        elif kind in ("strong_open", "strong_close", "em_open", "em_close"):
            made.append("**" if kind.startswith("strong") else "*")
        else:
            begins = not made or made[-1].endswith("\n")
            made.append(escaped(content, begins))
    if figures and len(tokens) == 1 and tokens[0].type == "image":
        made.append(NOT_A_FIGURE)
    return "".join(made)


def _formula(formula: Formula) -> str:
    """A formula; one with a sign that knitr might take for code as letters."""
    dollars = "$$" if formula.displayed else "$"
    written = f"{dollars}{formula.latex}{dollars}"
    return escaped(written) if "`" in formula.latex else written


def escaped(text: str, begins: bool = True) -> str:
    """Characters that stay what they are in Pandoc, and are no code in knitr; `begins` says that they begin a
    line."""
    text = _SIGNS.sub(r"\\\g<0>", " ".join(text.split(" "))).replace("`", "&#96;")
    return (
        _AT_A_START.sub(
            lambda found: f"\\{found[0]}" if found[1] else f"{found[2]}{found[3]}\\{found[4]}", text
        )
        if begins
        else text
    )
