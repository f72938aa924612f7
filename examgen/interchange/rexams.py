"""Exercises of R/exams (Rmd and Rnw) and of rqti → questions; items of the bank → exercises (Rmd) in a zip.

What R computes is set aside: no code is run. Texts are written as Markdown that Pandoc reads, with every sign
escaped that Pandoc would take for markup; nothing of them is code that knitr would run. The one chunk of R in
a file fetches its pictures.

References
----------
Zeileis, Umlauf & Leisch (2014), Flexible generation of e-learning exams in R: Moodle quizzes, OLAT
assessments, and beyond. Journal of Statistical Software, 58(1); https://www.r-exams.org/intro/dynamic/.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from pathlib import PurePath
from typing import Any
from unicodedata import normalize
from urllib.parse import unquote

from examgen.core import foreign
from examgen.core.problems import Refused
from examgen.core.text.markdown import Formula, Holds, formula_of, reader
from examgen.core.words import Message, listed, tell
from examgen.interchange import markup, weights
from examgen.interchange.markup import FindPicture
from examgen.interchange.questions import (
    Choice,
    Passage,
    Question,
    QuestionFile,
    QuestionPicture,
    RefusedQuestion,
)
from examgen.interchange.writing import WrittenItem, packed, xhtml

_RUNS = re.compile(r"^[ \t]*```+[ \t]*\{\s*[A-Za-z]|`r\s|^<<.*>>=|\\Sexpr\{", re.MULTILINE)
_SUPPLEMENTS = re.compile(
    r"^```+[ \t]*\{r[^}\n]*\}[ \t]*\n(?:include_supplement\(\"[^\"\n\\]*\"\)[ \t]*\n)+```+[ \t]*\n",
    re.MULTILINE,
)
"""A chunk that fetches pictures and does nothing else: what it would do is done here without R."""
_HEAD = re.compile(r"^(\S[^\n]*)\n(={3,}|-{3,})[ \t]*$", re.MULTILINE)
_META_TEX = re.compile(r"^[ \t]*%*[ \t]*\\(ex\w+)(?:\[[^\]]*\])?\{(.*)\}[ \t]*$", re.MULTILINE)
_META_RMD = re.compile(r"^(ex\w+)(?:\[[^\]]*\])?[ \t]*:[ \t]*(.*?)[ \t]*$", re.MULTILINE)
_ENVIRONMENT = r"\\begin\{%s\}(.*?)\\end\{%s\}"
_ACCENTS = {
    "`": "\u0300",
    "'": "\u0301",
    "^": "\u0302",
    "~": "\u0303",
    '"': "\u0308",
    "c": "\u0327",
    "=": "\u0304",
}
_LETTERS = {"ss": "ß", "ae": "æ", "oe": "œ", "o": "ø", "aa": "å", "AA": "Å", "l": "ł", "O": "Ø", "euro": "€"}
_TRUE = frozenset(("true", "t", "yes"))
_SIGNS = re.compile(r"[\\*_{}\[\]<>$~^@|'\"&]|(?<=-)-|(?<=\.)\.")
"""Signs that are markup for Pandoc, wherever they stand."""
_AT_A_START = re.compile(r"^(?:([-+=:#%])|(\(?)([0-9]+|[A-Za-z]+|#|@)([.)]))")
"""What begins a list, a heading or a definition, where it begins a line."""
_NOT_A_FIGURE = "<!-- -->"
"""Behind a picture that stands alone: without it Pandoc prints its alt text as a caption."""
_RULES = {"left": ":---", "center": ":---:", "right": "---:"}


def is_one(text: str) -> bool:
    """Whether a text is an exercise of R/exams, or of rqti."""
    return bool(
        re.search(r"^[ \t]*%*[ \t]*\\extype\{|^extype[ \t]*:", text, re.MULTILINE)
        or (text.startswith("---") and "rqti" in text[:2000])
    )


def read(data: bytes, name: str) -> QuestionFile:
    """The exercise of a file, or those of a zip with their pictures."""
    reading = QuestionFile("rexams")
    if not data.startswith(b"PK"):
        _read_file(data, name, lambda address: QuestionPicture(address, None), reading)
        return reading
    archive = foreign.Archive(data, name)
    for member in archive.members:
        if not _is_exercise(member):
            continue
        where = f"{name}/{member}"
        try:
            text = archive.read(member)
        except Refused as reason:
            reading.set_aside.append(
                RefusedQuestion(where, "damaged", listed(map(str, reason.problems)), member)
            )
            continue
        _read_file(text, where, partial(_beside, archive, member), reading)
    return reading


def is_package(archive: foreign.Archive) -> bool:
    """Whether an archive holds exercises."""
    return any(map(_is_exercise, archive.members))


def _is_exercise(member: str) -> bool:
    return PurePath(member).suffix.lower() in (".rmd", ".rnw")


def _beside(archive: foreign.Archive, member: str, address: str) -> QuestionPicture:
    """The picture that an exercise of an archive names."""
    found = archive.find(unquote(address), member)
    try:
        return QuestionPicture(address, archive.read(found) if found else None)
    except Refused:
        return QuestionPicture(address, None)


def _read_file(data: bytes, name: str, find: FindPicture, reading: QuestionFile) -> None:
    text, notes = foreign.decoded(data, name)
    text = _SUPPLEMENTS.sub("", text.replace("\r\n", "\n"))
    reading.notes += notes
    found = _rqti(text, name) if text.lstrip().startswith("---") else _exercise(text, name, find)
    if isinstance(found, Question):
        reading.questions.append(found)
    else:
        reading.set_aside.append(found)


def _exercise(text: str, name: str, find: FindPicture) -> Question | RefusedQuestion:
    """The exercise of a file; what R computes, and what is no choice, is set aside."""
    is_tex = "\\begin{question}" in text
    found = (_META_TEX if is_tex else _META_RMD).findall(text)
    fields = dict(found)
    kind, title = fields.get("extype", "").strip(), fields.get("exname", "").strip()
    if _RUNS.search(text):
        message = tell("is computed by R: code is not carried out here; write it as an item model")
        return RefusedQuestion(name, f"dynamic {kind}".strip(), message, title or name)
    if kind not in ("schoice", "mchoice"):
        message = tell("is a question of the type {kind}, not multiple choice", kind=kind or "?")
        return RefusedQuestion(name, kind or "?", message, title or name)
    twice = [
        name for name in ("extype", "exsolution") if len({value for key, value in found if key == name}) > 1
    ]
    if twice:
        message = tell("has {name} twice, with different values: leave one", name=listed(twice))
        return RefusedQuestion(name, kind, message, title or name)
    about, options, solution_text, said = _tex(text) if is_tex else _rmd(text)
    if not options:
        return RefusedQuestion(name, kind, tell("has no list of answers"), title or name)
    notes: list[Message] = []
    solution = re.sub(r"\s", "", fields.get("exsolution", ""))
    if not re.fullmatch("[01]*", solution) or len(solution) != len(options):
        notes.append(
            tell(
                "its exsolution {solution!r} does not fit its {n} options",
                solution=solution,
                n=len(options),
            )
        )
        solution = ""
    shuffle = fields.get("exshuffle", "").strip()
    if shuffle.isdigit() and int(shuffle) < len(options):
        notes.append(tell("R/exams draws {n} of its options: all of them are taken", n=int(shuffle)))
    choices = tuple(
        Choice(
            _passage(text, is_tex, "lines", find),
            solution[place : place + 1] == "1",
            None,
            (_passage(said[place], is_tex, "lines", find) or None) if len(said) == len(options) else None,
        )
        for place, text in enumerate(options)
    )
    question = Question(
        id=PurePath(name).stem,
        source=name,
        kind="single" if kind == "schoice" else "multiple",
        stem=_passage(about, is_tex, "stem", find),
        choices=choices,
        points=weights.number_or_none(fields.get("expoints", "")),
        name=title,
        shuffle=shuffle.lower() in _TRUE or shuffle.isdigit() if shuffle else None,
        feedback=_passage(solution_text, is_tex, "lines", find) or None,
        category=fields.get("exsection", "").strip() or None,
        tags=tuple(part.strip() for part in re.split(r"[,|]", fields.get("extags", "")) if part.strip()),
        warnings=tuple(notes),
    )
    return weights.with_concerns(question)


def _rmd(text: str) -> tuple[str, Sequence[str], str, Sequence[str]]:
    """Question and options, solution and what it says of options, of Markdown."""
    sections: dict[str, dict[str, str]] = {}
    heads = list(_HEAD.finditer(text))
    top = ""
    for head, after in zip(heads, [*heads[1:], None], strict=True):
        body = text[head.end() : after.start() if after else len(text)]
        title = head[1].strip().lower()
        if head[2][0] == "=":
            top = title
            sections.setdefault(top, {})[""] = body
        else:
            sections.setdefault(top, {})[title] = body
    question, solution = sections.get("question", {}), sections.get("solution", {})
    options, said = (_entries(one.get("answerlist", "")) for one in (question, solution))
    return question.get("", ""), options, solution.get("", ""), said


def _entries(text: str) -> list[str]:
    """The entries of a list, those of several lines whole."""
    found: list[str] = []
    for line in text.splitlines():
        if mark := re.match(r"[*+-]\s+", line):
            found.append(line[mark.end() :])
        elif found and line.strip():
            found[-1] += "\n" + line.strip()
    return found


def _tex(text: str) -> tuple[str, Sequence[str], str, Sequence[str]]:
    """The same of LaTeX."""

    def within(name: str, of: str) -> str:
        found = re.search(_ENVIRONMENT % (name, name), of, re.DOTALL)
        return found[1] if found else ""

    def without_list(of: str) -> tuple[str, list[str]]:
        answers = within("answerlist", of)
        entries = re.split(r"\\item\b(?:\[[^\]]*\])?", answers)[1:]
        rest = re.sub(_ENVIRONMENT % ("answerlist", "answerlist"), "", of, flags=re.DOTALL)
        return rest, [entry.strip() for entry in entries]

    question, options = without_list(within("question", text))
    solution, said = without_list(within("solution", text))
    return question, options, solution, said


def _passage(text: str, is_tex: bool, holds: Holds, find: FindPicture) -> Passage:
    """A text: of LaTeX its words, of Markdown what items know of it, written as plainly as it can be."""
    if is_tex:
        # its words, and formulas as they are
        parts = re.split(r"(\$\$.*?\$\$|(?<!\\)\$.*?(?<!\\)\$|\\\[.*?\\\])", text, flags=re.DOTALL)
        words = "".join(part if n % 2 else _words(part) for n, part in enumerate(parts))
        return markup.from_plain(words, holds, dollars=True)
    text = text.replace(_NOT_A_FIGURE, "").replace("\\\n", "\n").strip()
    field = "stem" if holds == "stem" else "options.a"
    return markup.from_html(xhtml(text, field, str, "latex"), find, holds)


def _words(text: str) -> str:
    """LaTeX without its commands: those of a line, accents, paragraphs."""
    text = re.sub(r"(?<!\\)%[^\n]*", "", text)
    text = re.sub(
        r"\{?\\([`'^~\"=c])\s*\{?\\?([A-Za-z])\}?\}?",
        lambda one: normalize("NFC", one[2] + _ACCENTS[one[1]]),
        text,
    )
    text = re.sub(r"\{?\\(ss|ae|oe|aa|AA|o|O|l|euro)(?:\{\}|\b)\}?", lambda one: _LETTERS[one[1]], text)
    text = re.sub(r"\\begin\{verbatim\}|\\end\{verbatim\}|\\(no)?indent\b|\\(small|med|big)skip\b", "", text)
    text = re.sub(r"\\(?:emph|textbf|textit|texttt|code|proglang|pkg|url|mbox|text)\{([^{}]*)\}", r"\1", text)
    text = re.sub(r"\\\\(\[[^\]]*\])?|\\newline\b", "\n", text)
    text = text.replace("---", "—").replace("--", "–").replace("``", "“").replace("''", "”")
    text = re.sub(r"(?<!\\)~", "\u00a0", text)
    return re.sub(r"\\([%&#_${}])", r"\1", text)


def _rqti(text: str, name: str) -> Question | RefusedQuestion:
    """An exercise of rqti: a YAML head, `# question` with a list: the first is right, or those in stars."""
    _, head, body = (*text.split("---", 2), "", "")[:3]
    fields = dict(re.findall(r"^(\w+)\s*:\s*(.*?)\s*$", head, re.MULTILINE))
    kind, title = fields.get("type", ""), fields.get("title", "").strip("\"'")
    if _RUNS.search(text):
        message = tell("is computed by R: code is not carried out here; write it as an item model")
        return RefusedQuestion(name, f"dynamic {kind}".strip(), message, title or name)
    if kind not in ("sc", "singlechoice", "mpc", "mc", "multiplechoice"):
        message = tell("is a question of the type {kind}, not multiple choice", kind=kind or "?")
        return RefusedQuestion(name, kind or "?", message, title or name)
    parts = dict(re.findall(r"^#+\s*(\w+)\s*$\n(.*?)(?=^#+\s*\w+\s*$|\Z)", body, re.MULTILINE | re.DOTALL))
    asked = parts.get("question", "")
    lines = asked.rstrip().splitlines()
    start = len(lines)
    while start and (re.match(r"[*+-]\s+", lines[start - 1]) or not lines[start - 1].strip()):
        start -= 1
    entries = _entries("\n".join(lines[start:]))
    several = kind not in ("sc", "singlechoice")
    starred = [bool(re.fullmatch(r"\*[^*].*\*", entry.strip())) for entry in entries]
    right = starred if several else [place == 0 for place in range(len(entries))]
    others = [starred] if any(starred) else []
    if named := fields.get("solution", ""):
        others.append([place in map(int, re.findall(r"\d+", named)) for place in range(1, len(entries) + 1)])
    doubt = tell("its stars, its `solution` and the order of its options name different keys")
    choices = tuple(
        Choice(markup.from_markdown(entry.strip().strip("*") if several and star else entry), is_right)
        for entry, star, is_right in zip(entries, starred, right, strict=True)
    )
    question = Question(
        id=fields.get("identifier", "").strip("\"'") or PurePath(name).stem,
        source=name,
        kind="multiple" if several else "single",
        stem=markup.from_markdown("\n".join(lines[:start])),
        choices=choices,
        points=weights.number_or_none(fields.get("points", "")),
        name=title,
        shuffle=fields.get("shuffle", "true").lower() in _TRUE,
        feedback=markup.from_markdown(parts.get("feedback", "")) or None,
        doubt=doubt if any(one != right for one in others) else None,
    )
    return weights.with_concerns(question)


def write(sent: Sequence[WrittenItem], unit: str) -> bytes:
    """The exercises, packed, in the order of the items."""
    members: dict[str, bytes] = {}
    for one in sent:
        names = {}
        for name, data in one.pictures.items():
            stem, _, kind = name.rpartition(".")
            safe = re.sub(r"[^A-Za-z0-9]+", "-", stem).strip("-") or "picture"
            names[name] = f"{safe}-{hashlib.sha256(data).hexdigest()[:8]}.{kind.lower()}"
        members[f"{file_of(one.item.id)}.Rmd"] = _written(one, unit, names).encode()
        members |= {names[name]: data for name, data in one.pictures.items()}
    return packed(members)


def file_of(item: str) -> str:
    """The id as a name of a file that every machine takes."""
    safe = re.sub(r"[^A-Za-z0-9_.-]", "_", item)
    return safe if safe == item else f"{safe}-{hashlib.sha256(item.encode()).hexdigest()[:8]}"


def _written(one: WrittenItem, unit: str, names: dict[str, str]) -> str:
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
        made.append(_NOT_A_FIGURE)
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
