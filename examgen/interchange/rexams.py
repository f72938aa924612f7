"""Exercises of R/exams (Rmd and Rnw), and those of rqti. What R computes is set aside: no code is run.

References
----------
Zeileis, Umlauf & Leisch (2014), Flexible generation of e-learning exams in R: Moodle quizzes, OLAT
assessments, and beyond. Journal of Statistical Software, 58(1).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import partial
from pathlib import PurePath
from unicodedata import normalize
from urllib.parse import unquote

from examgen.core import foreign
from examgen.core.problems import Refused
from examgen.core.text.markdown import Holds
from examgen.core.words import Message, listed, tell
from examgen.interchange import markup, weights
from examgen.interchange.markup import FindPicture
from examgen.interchange.questions import Choice, Passage, Picture, Question, Reading, SetAside
from examgen.interchange.rexams_writing import NOT_A_FIGURE
from examgen.interchange.writing import xhtml

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


def is_one(text: str) -> bool:
    """Whether a text is an exercise of R/exams, or of rqti."""
    return bool(
        re.search(r"^[ \t]*%*[ \t]*\\extype\{|^extype[ \t]*:", text, re.MULTILINE)
        or (text.startswith("---") and "rqti" in text[:2000])
    )


def read(data: bytes, name: str) -> Reading:
    """The exercise of a file, or those of a zip with their pictures."""
    reading = Reading("rexams")
    if not data.startswith(b"PK"):
        _read_file(data, name, lambda address: Picture(address, None), reading)
        return reading
    archive = foreign.Archive(data, name)
    for member in archive.members:
        if not _is_exercise(member):
            continue
        where = f"{name}/{member}"
        try:
            text = archive.read(member)
        except Refused as reason:
            reading.set_aside.append(SetAside(where, "damaged", listed(map(str, reason.problems)), member))
            continue
        _read_file(text, where, partial(_beside, archive, member), reading)
    return reading


def is_package(archive: foreign.Archive) -> bool:
    """Whether an archive holds exercises."""
    return any(map(_is_exercise, archive.members))


def _is_exercise(member: str) -> bool:
    return PurePath(member).suffix.lower() in (".rmd", ".rnw")


def _beside(archive: foreign.Archive, member: str, address: str) -> Picture:
    """The picture that an exercise of an archive names."""
    found = archive.find(unquote(address), member)
    try:
        return Picture(address, archive.read(found) if found else None)
    except Refused:
        return Picture(address, None)


def _read_file(data: bytes, name: str, find: FindPicture, reading: Reading) -> None:
    text, notes = foreign.decoded(data, name)
    text = _SUPPLEMENTS.sub("", text.replace("\r\n", "\n"))
    reading.notes += notes
    found = _rqti(text, name) if text.lstrip().startswith("---") else _exercise(text, name, find)
    if isinstance(found, Question):
        reading.questions.append(found)
    else:
        reading.set_aside.append(found)


def _exercise(text: str, name: str, find: FindPicture) -> Question | SetAside:
    """The exercise of a file; what R computes, and what is no choice, is set aside."""
    is_tex = "\\begin{question}" in text
    found = (_META_TEX if is_tex else _META_RMD).findall(text)
    fields = dict(found)
    kind, title = fields.get("extype", "").strip(), fields.get("exname", "").strip()
    if _RUNS.search(text):
        message = tell("is computed by R: code is not carried out here; write it as an item model")
        return SetAside(name, f"dynamic {kind}".strip(), message, title or name)
    if kind not in ("schoice", "mchoice"):
        message = tell("is a question of the type {kind}, not multiple choice", kind=kind or "?")
        return SetAside(name, kind or "?", message, title or name)
    twice = [
        name for name in ("extype", "exsolution") if len({value for key, value in found if key == name}) > 1
    ]
    if twice:
        message = tell("has {name} twice, with different values: leave one", name=listed(twice))
        return SetAside(name, kind, message, title or name)
    about, options, solution_text, said = _tex(text) if is_tex else _rmd(text)
    if not options:
        return SetAside(name, kind, tell("has no list of answers"), title or name)
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
    text = text.replace(NOT_A_FIGURE, "").replace("\\\n", "\n").strip()
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


def _rqti(text: str, name: str) -> Question | SetAside:
    """An exercise of rqti: a YAML head, `# question` with a list: the first is right, or those in stars."""
    _, head, body = (*text.split("---", 2), "", "")[:3]
    fields = dict(re.findall(r"^(\w+)\s*:\s*(.*?)\s*$", head, re.MULTILINE))
    kind, title = fields.get("type", ""), fields.get("title", "").strip("\"'")
    if _RUNS.search(text):
        message = tell("is computed by R: code is not carried out here; write it as an item model")
        return SetAside(name, f"dynamic {kind}".strip(), message, title or name)
    if kind not in ("sc", "singlechoice", "mpc", "mc", "multiplechoice"):
        message = tell("is a question of the type {kind}, not multiple choice", kind=kind or "?")
        return SetAside(name, kind or "?", message, title or name)
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
