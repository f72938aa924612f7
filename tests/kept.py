"""What many tests compute from the same input, computed once: files read, units judged, pages laid out.

A result is kept only where it follows from what it is kept by. `make test-all` keeps none but the files of
items, and tests whose point is how pages are laid out (`LAID_OUT_EACH_TIME`) lay them out each time.
"""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping, Sequence
from functools import lru_cache
from importlib import import_module
from pathlib import Path
from typing import Any

from tests.effort import ALL

LAID_OUT_EACH_TIME = re.compile(
    r"""
    guards/ | rendering/ | signing/ | test_
    | papers/test_(?:accessible|encryption|isolated|paper_secrecy|paper_templates|pdf|review_sheet|room_papers)
    | papers/test_(?:sheet_printing|template_limits|text_extraction|translations)
    | reports/test_(?:candidate_press|parts_of_any_size)
    | assessing/test_papers | commands/test_render_candidates | commands/test_report_command
    | evidence/test_dossier | interchange/test_round_trips
    """,
    re.VERBOSE,
)
"""How the paths of tests begin that lay out all their pages: what is laid out twice must be the same."""
_ROOT = Path(__file__).resolve().parents[1]
_LONGEST = 200_000
"""Characters of a file of YAML whose tree is kept."""
_FEWEST_ITEMS = 5
"""Items of a unit whose faults are kept."""
_MOST_PAGES = 40
"""Layouts that are kept, each with the boxes of its pages."""
_is_kept = [False]


def keep() -> None:
    """Keep results from here on."""
    loading = import_module("examgen.bank.loading")
    # as the site does: banks of tests are copies of the starter bank, of which files are read hundreds of times
    loading._item_file = lru_cache(200)(loading._item_file)
    if ALL:
        return
    # not of `rewriting`, which changes what it parsed
    texts = import_module("examgen.bank.texts")
    texts.parse = _trees(texts.parse)
    applying = import_module("examgen.bank.rules.applying")
    applying.RULES = tuple(
        # its faults depend on files beside the unit
        rule
        if rule.check is None or rule.code == "image-too-coarse"
        else rule._replace(check=_faults(rule.check))
        for rule in applying.RULES
    )
    engine = import_module("examgen.rendering.pdf.engine")
    isolated = import_module("examgen.rendering.pdf.isolate_pages")
    engine.lay_out = _laid_out(engine.lay_out)
    isolated._overlaid = _overlaid(isolated._overlaid)


def begin(path: Path) -> None:
    """A test of that file begins."""
    place = path.relative_to(_ROOT / "tests").as_posix() if path.is_relative_to(_ROOT / "tests") else "test_"
    _is_kept[0] = LAID_OUT_EACH_TIME.match(place) is None


def _trees(read: Callable[[str, str], Any]) -> Callable[[str, str], Any]:
    """A document of YAML and its faults by its text and name."""
    kept = lru_cache(400)(read)

    def known(text: str, source: str) -> Any:
        document, problems = (kept if len(text) <= _LONGEST else read)(text, source)
        return document, [*problems]

    return known


def _faults(check: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    """The faults that a rule finds in a unit, by its items as they were read and all else that it is given."""
    kept: OrderedDict[Hashable, tuple[Any, Any, list[Any]]] = OrderedDict()

    def known(shelf: Any, setting: Any) -> Any:
        if len(shelf.found) < _FEWEST_ITEMS:
            return check(shelf, setting)
        items = shelf.code, tuple(map(id, shelf.found))
        if items in kept:
            of, by, faults = kept[items]
            if by == setting and of._replace(folder=shelf.folder) == shelf:
                return iter(faults)
        faults = [*check(shelf, setting)]
        kept[items] = shelf, setting, faults  # the items live as long as their ids are looked for
        if len(kept) > 8:
            kept.popitem(last=False)
        return iter(faults)

    return known


class _Pages:
    """Layouts by all that they were made of. One that read a file which may change, or which it named by a
    relative address, is made each time."""

    def __init__(self) -> None:
        self._known: OrderedDict[Hashable, tuple[Any, tuple[Path, ...]]] = OrderedDict()

    def of(self, what: Hashable, texts: str, readable: Sequence[Path], make: Callable[[], Any]) -> Any:
        if not _is_kept[0]:
            return make()
        folders = [folder.resolve() for folder in readable]
        if what in self._known:
            made, read = self._known[what]
            if all(any(path.is_relative_to(folder) for folder in folders) for path in read):
                self._known.move_to_end(what)
                return made
        made = make()
        read = made[-1]
        if all(path.is_relative_to(_ROOT) and path.as_uri() in texts for path in read):
            self._known[what] = made, read
            if len(self._known) > _MOST_PAGES:
                self._known.popitem(last=False)
        return made


def _laid_out(lay_out: Callable[..., Any]) -> Callable[..., Any]:
    pages = _Pages()

    def known(html: str, *, language: str, readable: Sequence[Path], **options: Any) -> Any:
        def make() -> Any:
            return lay_out(html, language=language, readable=readable, **options)

        if options.get("drawn"):
            return make()
        what = html, language, tuple(sorted(options.items()))
        return pages.of(what, html, readable, make)

    return known


def _overlaid(overlaid: Callable[..., Any]) -> Callable[..., Any]:
    pages = _Pages()

    def known(css: str, fragments: Sequence[Any], tallest: float, options: Mapping[str, Any]) -> Any:
        others = tuple(sorted((name, value) for name, value in options.items() if name != "readable"))
        texts = css + "".join(one.html for one in fragments)
        what = css, tuple(fragments), tallest, others
        return pages.of(what, texts, options["readable"], lambda: overlaid(css, fragments, tallest, options))

    return known
