"""GIFT, Moodle's text format for questions.

References
----------
Moodle documentation, "GIFT format"; what else its importer accepts is in docs/interchange.md.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from html import escape

from examgen.core import foreign
from examgen.core.text.markdown import Holds
from examgen.core.words import Message, tell
from examgen.interchange import markup, weights
from examgen.interchange.question_context import Rubric, under
from examgen.interchange.questions import Choice, Kind, Passage, Question, QuestionFile, RefusedQuestion
from examgen.interchange.writing import WrittenItem, xhtml

# Escaped signs become characters of a private area, so that what is left of them is structure.
_SIGNS = "~=#{}:\\"
_HIDDEN = {sign: chr(0xE000 + n) for n, sign in enumerate(_SIGNS)}
_ESCAPE = re.compile(r"\\([~=#{}:\\n])")
_SHOWN = {ord(hidden): sign for sign, hidden in _HIDDEN.items()}
_COMMENT_TAG = re.compile(r"\[(id|tag):((?:\\\]|[^\]])*)\]")
_COMMENT_OF_MOODLE = re.compile(rf"{_COMMENT_TAG.pattern}|^//\s*question:\s*\d+")
_FORMAT = re.compile(r"\s*\[(html|plain|markdown|moodle)\]", re.I)
_WEIGHT = re.compile(r"\s*%(-?\d+(?:[.,]\d+)?)%")
_UNREAD_WEIGHT = re.compile(r"[~=](?!\s*%-?\d+(?:[.,]\d+)?%)\s*%[^%~=#}]{0,20}\d[^%~=#}]{0,20}%")
_TRUTH = re.compile(r"\s*(T|TRUE|F|FALSE)\s*(?:#.*)?\s*", re.I | re.DOTALL)
_MARKUP = re.compile(r"<|&(?:[A-Za-z][A-Za-z0-9]*|#\d+|#[xX][0-9A-Fa-f]+);")
"""Elements and entities, which Moodle displays as HTML in every format except plain text."""
GAP = "_____"
MOST_OPTIONS = 1000


def is_one(text: str) -> bool:
    """Return whether a text is of this format: answers between braces."""
    hidden = _ESCAPE.sub("", text)
    return (
        any(re.search(r"[~=#]|^\s*(T|F|TRUE|FALSE)\b", one) for one in re.findall(r"\{([^{}]*)\}", hidden))
        or bool(re.search(r"\{\s*[~=]", hidden) and "}" in hidden)
        or bool(re.search(r"^\s*::[^:\n]+::[^{}]*\{\s*\}", hidden, re.MULTILINE))
        or "$CATEGORY:" in text
    )


def read(data: bytes, name: str) -> QuestionFile:
    """Read the questions of a file, in order: blocks of lines, with the comments above each."""
    text, notes = foreign.decoded(data, name)
    reading = QuestionFile("gift", notes=notes)
    category: str | None = None
    lines: list[str] = []
    start, identifier, rubric = 0, "", Rubric()
    tags: tuple[str, ...] = ()
    for n, line in enumerate([*text.splitlines(), ""], 1):
        bare = line.strip()
        if bare.startswith("//"):
            if not _COMMENT_OF_MOODLE.search(bare):
                rubric.read(bare.lstrip("/ "), ends=False)
            for kind, value in _COMMENT_TAG.findall(bare):
                said = value.replace("\\]", "]").strip()
                identifier, tags = (said, tags) if kind == "id" else (identifier, (*tags, said))
            continue
        if not lines and (found := re.match(r"\$CATEGORY:(.*)", bare)):
            category = found[1].strip() or None
            if category:
                rubric.read(category.rpartition("/")[2])
            continue
        if bare:
            start = start if lines else n
            lines.append(line)
        elif lines:
            one = _question("\n".join(lines), f"{name}:{start}")
            if isinstance(one, Question):
                one = replace(one, id=identifier or one.id, category=category, tags=tags)
                reading.questions.append(under(one, rubric.over_next()))
            else:
                reading.set_aside.append(one)
                if one.kind == "description":
                    rubric.read(_passage("\n".join(lines), "html").plain)
            lines, identifier, tags = [], "", ()
    return reading


def _question(text: str, source: str) -> Question | RefusedQuestion:
    text = _ESCAPE.sub(lambda found: "\n" if found[1] == "n" else _HIDDEN[found[1]], text)
    title = ""
    if found := re.match(r"\s*::(.*?)::", text, re.DOTALL):
        title, text = _said(found[1]), text[found.end() :]
    kind = "moodle"
    if found := _FORMAT.match(text):
        kind, text = found[1].lower(), text[found.end() :]
    start, end, depth = text.find("{"), -1, 0
    for brace in re.finditer("[{}]", text):  # pairs within the answers, as of LaTeX, are theirs
        depth += 1 if brace[0] == "{" else -1
        if depth <= 0:
            end = brace.start()
            break
    if start < 0:
        return RefusedQuestion(
            source, "description", tell("has no answers, only text"), title or _begin(text)
        )
    if end < start:
        return RefusedQuestion(
            source, "unclosed", tell("its answers begin with a brace that is not closed"), title
        )
    before, answers, after = text[:start], text[start + 1 : end], text[end + 1 :]
    if "{" in after or answers.count("=") + answers.count("~") > MOST_OPTIONS:
        message = tell(
            "has several groups of answers in braces. A blank line is missing, or a "
            "backslash before braces of a formula."
        )
        many = tell("has more than {n} options", n=MOST_OPTIONS)
        return RefusedQuestion(source, "several", message if "{" in after else many, title or _begin(before))
    answers, _, general = answers.partition("####")
    about = before + (f" {GAP} {after}" if after.strip() else "")
    bare = answers.strip()
    if not bare or bare.startswith("#") or not ("~" in bare or _TRUTH.fullmatch(bare)):
        matches = "=" in bare and "->" in bare
        of_kind = (
            "essay"
            if not bare
            else "numerical"
            if bare[0] == "#"
            else "matching"
            if matches
            else "shortanswer"
        )
        message = tell("is a question of type {kind}, not multiple choice", kind=of_kind)
        return RefusedQuestion(source, of_kind, message, title or _begin(before))
    if unread := next((one[0] for one in _UNREAD_WEIGHT.finditer(answers)), None):
        message = tell(
            "its weight {weight} cannot be read. Write %50%, %-25% or %33.33333%.", weight=_said(unread[1:])
        )
        return RefusedQuestion(source, "weight", message, title or _begin(before))
    shares: list[float] | None = None
    doubt: Message | None = None
    if _TRUTH.fullmatch(answers):
        found_kind: Kind = "truefalse"
        # the first feedback is for those who are wrong, the second for those who are right
        said, *feedback = answers.split("#")
        is_true = said.strip().upper().startswith("T")
        wrong, right = ([_passage(one, kind, "lines") or None for one in feedback] + [None, None])[:2]
        choices = tuple(
            Choice(markup.from_plain(word, "lines"), is_right, None, right if is_right else wrong)
            for word, is_right in (("True", is_true), ("False", not is_true))
        )
    else:
        found_kind, choices, shares = _choices(answers, kind)
        doubt = _sign_in_text(answers)
    return weights.with_concerns(
        Question(
            id=title or source,
            source=source,
            kind=found_kind,
            stem=_passage(about, kind),
            choices=choices,
            name=title,
            feedback=_passage(general, kind, "lines") or None,
            doubt=doubt,
        ),
        shares,
    )


def _sign_in_text(answers: str) -> Message | None:
    """Return why a sign may be meant as a character: it directly follows a letter although the others follow
    a space, or it is a # with nothing after it. None if there is no such sign.
    """
    signs = [*re.finditer("[~=]", answers)][1:]
    glued = [one for one in signs if not answers[one.start() - 1].isspace()]
    ends = re.findall(r"\w#\s*(?=[~=]|$)", answers)
    is_empty = bool(ends) and len(ends) == answers.count("#")
    sign = glued[0][0] if 0 < len(glued) < len(signs) else "#" if is_empty else ""
    if not sign:
        return None
    return tell("a {sign} may belong to the text of an option. Write \\{sign} if it does.", sign=sign)


def _choices(answers: str, kind: str) -> tuple[Kind, tuple[Choice, ...], list[float]]:
    found: list[tuple[str, float, str]] = []
    sure = False
    for part in re.finditer(r"([~=])([^~=]*)", answers):
        text, _, feedback = part[2].partition("#")
        share = 1.0 if part[1] == "=" else 0.0
        if weight := _WEIGHT.match(text):
            share, text = float(weight[1].replace(",", ".")) / 100, text[weight.end() :]
        sure = sure or part[1] == "="
        found.append((text, share, feedback))
    shares = [share for _, share, _ in found]
    one: Kind = "single" if sure or not any(shares) else "multiple"
    right = weights.right_of(one, shares)
    choices = tuple(
        Choice(_passage(text, kind, "lines"), is_right, share, _passage(feedback, kind, "lines") or None)
        for (text, share, feedback), is_right in zip(found, right, strict=True)
    )
    return one, choices, shares


def _passage(text: str, kind: str, holds: Holds = "stem") -> Passage:
    if found := _FORMAT.match(text):
        kind, text = found[1].lower(), text[found.end() :]
    text = text.translate(_SHOWN).strip()
    if kind == "markdown":
        return markup.from_markdown(text)
    if kind == "plain" or not _MARKUP.search(text):
        return markup.from_plain(text if kind != "html" else " ".join(text.split()), holds, latex=True)
    return markup.from_html(text if kind == "html" else text.replace("\n", "<br>"), None, holds)


def _said(text: str) -> str:
    return markup.plain_of(text.translate(_SHOWN))


def _begin(text: str) -> str:
    return markup.shortened(_passage(text, "html").plain)


def write(sent: Sequence[WrittenItem], unit: str) -> bytes:
    """Return questions in Moodle's GIFT format, with texts as HTML. The format cannot contain pictures."""
    parts: list[str] = []
    category = ""
    for one in sent:
        item = one.item
        if one.category(unit) != category:
            category = one.category(unit)
            parts.append(f"$CATEGORY: {category}\n")
        share = f"%{100 / len(item.key):.5f}".rstrip("0").rstrip(".") + "%"
        lines = [f"// [id:{item.id}] " + " ".join(f"[tag:{tag}]" for tag in one.tags)]
        body = xhtml(item.stem, "stem", str, "latex")
        if one.stimulus:
            body = f'<div class="stimulus">{xhtml(one.stimulus[1], "stimulus", str, "latex")}</div>{body}'
        lines.append(f"::{_escaped(item.id)}::[html]{_escaped(body)}{{")
        for name, text in item.options.items():
            sign = "~" if name not in item.key else "=" if one.has_one_mark else f"~{share}"
            said = _escaped(xhtml(text, f"options.{name}", str, "latex"))
            why = item.rationale.get(name, "")
            note = f"#{_escaped(xhtml(why, f'rationale.{name}', str, 'latex'))}" if why else ""
            lines.append(f"\t{sign}{said}{note}")
        lines += [f"\t####{_escaped(escape(item.reference, quote=False))}", "}"]
        parts.append("\n".join(lines) + "\n")
    return "\n".join(parts).encode()


def _escaped(text: str) -> str:
    return re.sub(r"([\\~=#{}:])", r"\\\1", text).replace("\n", "\\n")
