"""Item text (inline Markdown) → safe HTML, its images found in the media folders.

Read as CommonMark cut down to paragraphs, emphasis, strong, code, line ends and images – in a stimulus
lists and tables too: no HTML, no links, nothing that reaches a network.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path, PurePosixPath
from urllib.parse import unquote

from markdown_it import MarkdownIt
from markupsafe import Markup

from examgen.papers.thai import SetLine
from examgen.problems import Refused

FindImage = Callable[[str], str]
"""Name of an image as an item writes it → address of the file."""

_RULES = ("emphasis", "backticks", "escape", "newline", "image", "entity")
_BLOCKS = ("table", "list")


@cache
def _markdown(blocks: bool = False) -> MarkdownIt:
    rules = (*_RULES, *_BLOCKS) if blocks else _RULES
    reader = MarkdownIt("zero", {"html": False, "breaks": True}).enable(list(rules))
    # every address reaches our own judgement: one that Markdown rejects would be printed as text
    reader.validateLink = lambda url: True  # type: ignore[method-assign]
    return reader


def to_html(text: str, find_image: FindImage, set_line: SetLine, blocks: bool = False) -> Markup:
    """HTML of an item's text, with lists and tables where `blocks`; Refused where an image is lacking."""
    reader = _markdown(blocks)
    parsed = reader.parse(text)
    for block in parsed:
        for token in block.children or ():
            if token.type == "image":
                token.attrs["src"] = find_image(unquote(str(token.attrs["src"])))
            elif token.type == "text":
                token.type, token.content = "html_inline", str(set_line(token.content))
    return Markup(reader.renderer.render(parsed, reader.options, {}).strip())


def plain_lines(text: str) -> list[str]:
    """What will be drawn of an item's text, markup taken off, cut at the line ends it asks for."""
    lines = [""]
    for block in _markdown().parse(text):
        for token in block.children or ():
            if token.type in ("softbreak", "hardbreak"):
                lines.append("")
            elif token.type != "image":
                lines[-1] += token.content
        if block.type == "paragraph_close":
            lines.append("")
    return [line for line in lines if line]


def has_image(text: str) -> bool:
    """Whether an item's text holds an image."""
    return any(t.type == "image" for block in _markdown().parse(text) for t in block.children or ())


def image_address(name: str, media: Sequence[Path]) -> str:
    """`file:` address of an image: `plan.png` or `../media/plan.png` in the first folder holding it."""
    path = PurePosixPath(name.removeprefix("../media/").removeprefix("media/"))
    if ":" in name or "\\" in name or path.is_absolute() or ".." in path.parts or not path.parts:
        raise Refused(f"image {name!r} is not in the media folder: write its name there, as in plan.png")
    for folder in media:
        found = (folder / path).resolve()
        if found.is_file():
            if not found.is_relative_to(folder.resolve()):
                raise Refused(f"image {name!r} leads out of the media folder: put the file itself there")
            return found.as_uri()
    folders = ", ".join(map(str, media)) or "no media folder was given"
    raise Refused(f"image {name!r} is missing: put it in the media folder ({folders})")
