"""Exam and page layout → every part of its booklets as a block, laid out once.

A part is an HTML fragment that is laid out by itself, from the template of its name in
`templates/booklet/`. It becomes one block, or a block for each line.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import accumulate
from pathlib import Path
from typing import Any, NamedTuple

from markupsafe import Markup

from examgen.core.models.form import Exam
from examgen.core.models.papers import PapersRule
from examgen.core.resources import fonts
from examgen.papers.booklet.cover import empty_fields
from examgen.papers.booklet.layout import PageLayout
from examgen.papers.candidate import (
    OwnTime,
    SetTexts,
    arrangements,
    columns,
    letters,
    paper,
    section_title,
    texts,
    working_space,
)
from examgen.rendering.line_breaks import SetLine
from examgen.rendering.pdf.composer import Block, PdfComposer
from examgen.rendering.pdf.isolate_pages import Fragment
from examgen.rendering.templates.filling import fill

_BETWEEN = "\x1e"
"""A control character, which occurs in no text of an item."""

_TOGETHER = 96
"""The number of parts laid out in one run. WeasyPrint searches the elements of all pages for each page, so a
longer run is slower."""

LINE_EM = 1.85
"""Height of a line of text in em, as set by paper.css."""

_LINE_BY_LINE = "<style>* { orphans: 1; widows: 1; margin-break: keep }</style>"
"""Allows a page break after any line, and keeps the space above the line that begins a page."""

MOST_PAGES = 40
"""The number of pages for which lines that refer to a page are laid out at first."""

_Small = dict[tuple[str, tuple[Any, ...]], Block]
"""Parts of one or two lines, by the name of the template and its values."""
_Options = tuple[int, dict[str, tuple[Block, ...]]]
"""The number of columns for an item's options, and the blocks of each option."""


class BookletPart(NamedTuple):
    """A part of a booklet: the name of its template, the template's values, and its width in px."""

    name: str
    given: Mapping[str, object]
    width: float


def heading(exam: Exam, layout: PageLayout, logo: Path | None = None) -> dict[str, object]:
    """Return the context of all parts: exam, pages, and the logo of the certification body."""
    n_items = max(len(form.items) for form in exam.forms)
    return {
        "paper": paper(exam, n_items),
        "letters": letters(exam),
        "layout": layout,
        "fields": empty_fields(layout),
        "logo": "" if logo is None else logo.as_uri(),
        "fonts": fonts().as_uri(),
    }


def fragments(
    parts: Sequence[BookletPart], context: Mapping[str, object], templates: Sequence[Path], set_line: SetLine
) -> list[Fragment]:
    """Return the parts as HTML, filled by their templates. The first part of each run includes the common
    style sheet."""
    given = {**context, "parts": [(part.name, part.given) for part in parts], "between": _BETWEEN}
    style, *html = fill("booklet/fragments.html", given, templates, set_line).split(_BETWEEN)[:-1]
    return [
        Fragment(f"{'' if n % _TOGETHER else style.strip()}{one.strip()}", part.width)
        for n, (one, part) in enumerate(zip(html, parts, strict=True))
    ]


def ranges(exam: Exam, any_order: bool) -> Iterator[tuple[int, int]]:
    """Yield the first and last numbers of the questions that a line above them may name.

    If items keep their places, these are the ranges of each form; otherwise, all ranges that a set of the
    same size may get.
    """
    for form in exam.forms:
        n_items, names = len(form.items), [p.item.shared_stimulus for p in form.items]
        for i, name in enumerate(names):
            if not name or (i > 0 and names[i - 1] == name):
                continue
            # a stimulus begins, of n items
            n = next((k for k in range(i, n_items) if names[k] != name), n_items) - i
            first = form.items[i].question
            for start in range(1, n_items - n + 2) if any_order else (first,):
                yield from ((question, start + n - 1) for question in range(start, start + n))


def headings(exam: Exam) -> list[str]:
    """Return the headings of all elements that the exam's items belong to, each once."""
    return list(dict.fromkeys(section_title(exam, p) for form in exam.forms for p in form.items))


class Workshop(NamedTuple):
    """The tools and settings for laying out parts."""

    composer: PdfComposer
    exam: Exam
    rule: PapersRule
    layout: PageLayout
    context: Mapping[str, object]
    templates: Sequence[Path]
    set_line: SetLine

    def lay_out(self, parts: Sequence[BookletPart], tallest: float | None = None) -> list[tuple[Block, ...]]:
        """Return the blocks of each part."""
        if not parts:
            return []
        drawn = fragments(parts, self.context, self.templates, self.set_line)
        runs = (drawn[first : first + _TOGETHER] for first in range(0, len(drawn), _TOGETHER))
        return [blocks for run in runs for blocks in self.composer.lay_out(run, tallest)]

    def lines(self, parts: Sequence[BookletPart]) -> list[tuple[Block, ...]]:
        """Return each part as one block for each line, except that the first two and the last two lines are
        one block. Stacked, they look like the undivided part."""
        if not parts:
            return []
        first, *others = fragments(parts, self.context, self.templates, self.set_line)
        first = first._replace(html=_LINE_BY_LINE + first.html)
        laid_out = self.composer.lay_out([first, *others], 1.5 * LINE_EM * self.layout.em, cut=True)
        return [
            (*self._stacked(lines[:2]), *lines[2:-2], *self._stacked(lines[-2:]))
            if len(lines) >= 4
            else self._stacked(lines)
            for lines in laid_out
        ]

    def _stacked(self, lines: tuple[Block, ...]) -> tuple[Block, ...]:
        """Return the blocks combined into one, or unchanged if together they are taller than four lines, as
        with pictures."""
        height = height_of(lines)
        if height > 4 * LINE_EM * self.layout.em:
            return lines
        ys = accumulate((block.height for block in lines), initial=0.0)
        places = [(0.0, y, block) for y, block in zip(ys, lines, strict=False)]
        return (self.composer.together(places, lines[0].width, height),)


def workshop(
    composer: PdfComposer,
    exam: Exam,
    rule: PapersRule,
    layout: PageLayout,
    templates: Sequence[Path],
    set_line: SetLine,
    logo: Path | None = None,
) -> Workshop:
    """Return the tools for laying out the parts of the exam."""
    return Workshop(composer, exam, rule, layout, heading(exam, layout, logo), templates, set_line)


def height_of(blocks: Iterable[Block]) -> float:
    """Return the total height in px of blocks stacked vertically."""
    return sum(block.height for block in blocks)


class ItemBlocks(NamedTuple):
    """The blocks of an item: its stem, and its options by canonical id.

    Each is one block or, if it may be too tall for a column, several blocks that look undivided when
    stacked.
    """

    stem: tuple[Block, ...]
    options: Mapping[str, tuple[Block, ...]]
    columns: int
    space: Block | None


class Blocks(NamedTuple):
    """All blocks that pages are composed of, except the running feet."""

    head: Block
    form: Block
    candidate: Block
    cover: tuple[Block, ...]
    """The pages of the cover; the first leaves space for the candidate's data."""
    numbers: tuple[Block, ...]
    """Question numbers, from 1."""
    letters: tuple[Block, ...]
    items: Mapping[str, ItemBlocks]
    stimuli: Mapping[str, tuple[Block, ...]]
    sections: Mapping[str, Block]
    ranges: Mapping[tuple[int, int], Block]
    use: Block
    refers: tuple[Block, ...]
    """Lines that refer to a page, for pages from 1."""
    end: Block
    blank: Block


def lay_out(shop: Workshop, media: Sequence[Path]) -> Blocks:
    """Lay out all blocks of the exam. Raises Refused if something cannot be drawn."""
    layout, exam = shop.layout, shop.exam
    set_texts = texts(exam, exam.forms, media, shop.set_line)
    # the parts of a line or two, in one run
    n_items = max(len(form.items) for form in exam.forms)
    sections = headings(exam) if shop.rule.sections == "element" else ()
    numbers = sorted(set(ranges(exam, shop.rule.personal.items))) if set_texts.stimuli else []
    parts = [
        BookletPart("head", {}, layout.width),
        BookletPart("form", {}, layout.width),
        BookletPart("candidate", {}, layout.width),
        BookletPart("end", {}, layout.column),
        BookletPart("blank", {}, layout.width),
        BookletPart("stimulus-for", {}, layout.behind),
        *(BookletPart("number", {"number": n + 1}, layout.number) for n in range(n_items)),
        *(BookletPart("letter", {"letter": letter}, layout.letter) for letter in letters(exam)),
        *(BookletPart("section", {"title": title}, layout.column) for title in sections),
        *(BookletPart("range", {"first": a, "last": b}, layout.range) for a, b in numbers),
        *(refers(layout, 1, MOST_PAGES) if numbers else ()),
    ]
    small: _Small = {
        (part.name, tuple(part.given.values())): blocks[0]
        for part, blocks in zip(parts, shop.lay_out(parts), strict=True)
    }

    # what may have to fit in a column with a part of an item, such as its working space
    heading, number, refer = (_tallest(small, name) for name in ("section", "range", "refer"))
    line = (number + refer if layout.stacked else max(number, refer)) + layout.below_line
    headed = heading + layout.below_heading if heading else 0.0
    beside = headed + (line if refer else 0.0) + layout.below_question + small["end", ()].height
    tallest = layout.height - beside
    # items; taller stems and options become several blocks, working spaces do not
    printed = {p.item.id: p for form in exam.forms for p in form.items}
    guesses = {item: columns(list(p.item.options.values()), layout) for item, p in printed.items()}
    stems = [BookletPart("stem", {"stem": set_texts.items[item].stem}, layout.text) for item in printed]
    blocks = shop.lay_out([*stems, *_option_parts(shop, set_texts, guesses)], tallest)
    set_stems = _line_by_line(shop, stems, blocks[: len(stems)])
    first = _taken(set_texts, guesses, iter(blocks[len(stems) :]))
    chosen = _least_wrapped(shop, set_texts, first, tallest)
    in_columns = {item: n for item, (n, _) in chosen.items()}
    known = [block for _, options in chosen.values() for block in options.values()]
    options = _line_by_line(shop, _option_parts(shop, set_texts, in_columns), known)
    chosen = _taken(set_texts, in_columns, iter(options))
    # the spaces to work in, by the height that the rule gives them
    heights = sorted({working_space(shop.rule, p) for p in printed.values()} - {0.0})
    most = tallest - layout.above_space
    spaces = [BookletPart("space", {"height": min(height, most)}, layout.text) for height in heights]
    space_of = {height: block for height, (block,) in zip(heights, shop.lay_out(spaces), strict=True)}
    items = {
        item: ItemBlocks(stem, chosen[item][1], chosen[item][0], space_of.get(working_space(shop.rule, p)))
        for stem, (item, p) in zip(set_stems, printed.items(), strict=True)
    }

    use = small["stimulus-for", ()]
    line = number + use.height if layout.stacked else max(number, use.height)
    room = layout.height - (headed + line + layout.below_line)
    stimuli = shop.lay_out(
        [BookletPart("stimulus", {"stimulus": text}, layout.column) for text in set_texts.stimuli.values()],
        room,
    )
    return Blocks(
        head=small["head", ()],
        form=small["form", ()],
        candidate=small["candidate", ()],
        cover=cover_pages(shop),
        numbers=tuple(_named(small, "number").values()),
        letters=tuple(_named(small, "letter").values()),
        items=items,
        stimuli=dict(zip(set_texts.stimuli, stimuli, strict=True)),
        sections={str(title): block for (title,), block in _named(small, "section").items()},
        ranges={(int(a), int(b)): block for (a, b), block in _named(small, "range").items()},
        use=use,
        refers=tuple(_named(small, "refer").values()),
        end=small["end", ()],
        blank=small["blank", ()],
    )


def cover_pages(shop: Workshop, time: OwnTime | None = None) -> tuple[Block, ...]:
    """Return the pages of a cover; `time` is the time allowance of a candidate with extra time."""
    given: dict[str, object] = {"above": empty_fields(shop.layout).height + shop.layout.below_cover_part}
    if time is not None:
        given["paper"] = paper(shop.exam, max(len(form.items) for form in shop.exam.forms), time)
    [pages] = shop.lay_out([BookletPart("cover", given, shop.layout.width)], shop.layout.height)
    return pages


def _named(small: _Small, name: str) -> dict[tuple[Any, ...], Block]:
    return {given: block for (part, given), block in small.items() if part == name}


def _tallest(small: _Small, name: str) -> float:
    return max((block.height for block in _named(small, name).values()), default=0.0)


def refers(layout: PageLayout, first: int, last: int) -> list[BookletPart]:
    """Return the lines that refer to these pages."""
    return [BookletPart("refer", {"page": page}, layout.behind) for page in range(first, last + 1)]


def with_refers(shop: Workshop, blocks: Blocks, last: int) -> Blocks:
    """Return the blocks with lines that refer to pages up to `last`."""
    if not blocks.refers or last <= len(blocks.refers):
        return blocks
    more = shop.lay_out(refers(shop.layout, len(blocks.refers) + 1, last))
    return blocks._replace(refers=(*blocks.refers, *(line for (line,) in more)))


# ── items ────────────────────────────────────────────────────────────────────────────────────


def _line_by_line(
    shop: Workshop, parts: Sequence[BookletPart], blocks: Sequence[tuple[Block, ...]]
) -> list[tuple[Block, ...]]:
    """Return the parts as they were laid out, with those that were split replaced by one block for each
    line.

    A part with a table or a list stays as it was split, between rows or entries.
    """
    cut = [
        len(found) > 1
        and not any(start in str(part.given.get("stem", "")) for start in ("<table>", "<ul>", "<ol>"))
        for part, found in zip(parts, blocks, strict=True)
    ]
    lines = iter(shop.lines([part for part, is_cut in zip(parts, cut, strict=True) if is_cut]))
    return [next(lines) if is_cut else found for found, is_cut in zip(blocks, cut, strict=True)]


def _least_wrapped(
    shop: Workshop, set_texts: SetTexts, first: Mapping[str, _Options], tallest: float
) -> dict[str, _Options]:
    """Return the options of each item in as many columns as possible without unnecessary wrapping.

    An arrangement in which an option takes more than one line is compared with the next one that has fewer
    columns.
    """
    chosen = dict(first)
    doubtful = {item for item, options in chosen.items() if _doubtful(shop, options)}
    while doubtful:
        wider = {}
        for item in sorted(doubtful):
            n_columns, options = chosen[item]
            wider[item] = max(n for n in arrangements(len(options)) if n < n_columns)
        blocks = iter(shop.lay_out(_option_parts(shop, set_texts, wider), tallest))
        others = _taken(set_texts, wider, blocks)
        # if an option is less tall with more width, or too tall to be beside another
        won = {
            item
            for item in doubtful
            if any(
                len(own) > 1 or height_of(own) > height_of(others[item][1][option]) + 1
                for option, own in chosen[item][1].items()
            )
        }
        chosen.update({item: others[item] for item in won})
        doubtful = {item for item in won if _doubtful(shop, chosen[item])}
    return chosen


def _option_parts(shop: Workshop, set_texts: SetTexts, in_columns: Mapping[str, int]) -> list[BookletPart]:
    return [
        BookletPart("option", {"option": text}, shop.layout.option(n))
        for item, n in in_columns.items()
        for text in _unordered(set_texts.items[item].options).values()
    ]


def _unordered(options: Mapping[str, Markup]) -> dict[str, Markup]:
    """Return the options in an order that depends only on their texts.

    The blocks in a file are numbered in the order of layout. In bank order, that would reveal which option
    the author wrote first.
    """
    return dict(sorted(options.items(), key=lambda pair: hashlib.sha256(pair[1].encode()).digest()))


def _taken(
    set_texts: SetTexts, in_columns: Mapping[str, int], blocks: Iterator[tuple[Block, ...]]
) -> dict[str, _Options]:
    return {
        item: (n, {option: next(blocks) for option in _unordered(set_texts.items[item].options)})
        for item, n in in_columns.items()
    }


def _doubtful(shop: Workshop, options: _Options) -> bool:
    """Return whether the options are in several columns and one of them takes more than one line."""
    one_line = 1.05 * LINE_EM * shop.layout.em
    return options[0] > 1 and any(height_of(blocks) > one_line for blocks in options[1].values())
