"""Search for items in the bank, show all that is known about them, and preview them as they will print."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from examgen.bank import finding
from examgen.bank import statistics as bank_statistics
from examgen.bank.exam_uses import packages_of, with_packages
from examgen.bank.finding import expanded, find, ids_written
from examgen.bank.loading import ITEM_FOLDER, MEDIA_FOLDER, unit_codes
from examgen.bank.provenance import read_provenance
from examgen.bank.reviews import statuses
from examgen.bank.reviews.statuses import reviews_of
from examgen.bank.statistics import ItemExposure, Statistic, notices_of, statistics_of
from examgen.bank.whole_bank import load_bank, named_units
from examgen.core.files import read_input, write_file
from examgen.core.models.field_types import STATUSES, Status
from examgen.core.models.item import BankUnit, Item, Provenance, Stimulus
from examgen.core.problems import Problem, Refused, WrongUsage
from examgen.core.resources import fonts, template_folders
from examgen.core.words import option, tell
from examgen.core.yamlfile import suggestion
from examgen.papers import preview
from examgen.papers.preview import Shows, preview_html, preview_pdf
from examgen.rendering.glyphs import check_glyphs
from examgen.rendering.self_contained import self_contained

Sought = finding.Sought
"""The search criteria. Defined here because the command line must not import other stages."""


class FoundItem(NamedTuple):
    """An item and the proportion of candidates who answered it correctly, if known."""

    item: Item
    facility: float | None


class FoundItems(NamedTuple):
    """The items of a unit that match a search, the number searched, and problems in reading the
    statistics."""

    unit: str
    n_items: int
    items: list[FoundItem]
    problems: tuple[Problem, ...]


class WholeItem(NamedTuple):
    """Everything that the bank records about an item."""

    unit: str
    item: Item
    stimulus: Stimulus | None
    reviews: tuple[statuses.Review, ...]
    statistics: tuple[Statistic, ...]
    problems: tuple[Problem, ...]
    exposure: ItemExposure | None
    """How often the item was used, in any version of its text; None if never."""
    provenance: Provenance | None = None
    """Who drafted the item, with what help, and who is responsible for it; None if the unit does not record
    it."""


def find_items(bank_folder: Path, code: str, sought: Sought) -> FoundItems:
    """Return the items of a unit that match the search criteria."""
    shelf = _shelf(bank_folder, code)
    statistics, problems = statistics_of(bank_folder / code)
    lines: dict[str, list[Statistic]] = {}
    for one in statistics:
        lines.setdefault(one.item, []).append(one)
    found = [
        FoundItem(item, bank_statistics.facility(item, lines.get(item.id, [])))
        for item in find(shelf, sought)
    ]
    problems += notices_of(code, shelf.items, statistics)
    return FoundItems(code, len(shelf.items), found, tuple(problems))


class ListedUnit(NamedTuple):
    """A unit of the bank and its number of items by status, which is None if the unit has faults."""

    code: str
    title: str
    levels: tuple[int, ...]
    items: dict[Status, int] | None


def list_units(bank_folder: Path) -> list[ListedUnit]:
    """Return the units of the bank."""
    found = []
    for code in named_units(bank_folder, ()):
        shelves, _ = load_bank(bank_folder, [code])
        if not shelves:
            found.append(ListedUnit(code, "", (), None))
        for shelf in shelves:
            counts = Counter(item.status for item in shelf.items)
            items = {status: counts[status] for status in STATUSES if counts[status]}
            found.append(ListedUnit(code, shelf.unit.title or "", tuple(shelf.unit.levels), items))
    return found


def show_items(bank_folder: Path, names: Sequence[str]) -> list[WholeItem]:
    """Return the named items with all that is known about them. If the first name is a unit, the other
    names are its items; without other names, all its items are returned.

    Only the units that contain one of the items are loaded.
    """
    # the unit of each item is found without parsing the bank
    units: dict[str, str] = {}
    known: list[str] = []
    codes, ids = unit_codes(bank_folder), list(names)
    if names[0] in codes:
        codes, ids = [names[0]], list(names[1:]) or ["all"]
    for code in codes:
        for path in sorted((bank_folder / code / ITEM_FOLDER).glob("*.y*ml")):
            written = ids_written(read_input(path))
            known += written
            units |= {name: code for name in written if name not in units}
    ids = expanded(ids, known)
    if unknown := [name for name in ids if name not in units]:
        raise _unknown(unknown, known, str(bank_folder) if len(codes) > 1 else codes[0])
    shelves = {code: _shelf(bank_folder, code) for code in dict.fromkeys(map(units.__getitem__, ids))}
    statistics = {code: statistics_of(bank_folder / code) for code in shelves}
    reviews = {code: reviews_of(bank_folder / code) for code in shelves}
    origins = {code: read_provenance(bank_folder / code)[0] for code in shelves}
    packages, unread = packages_of(bank_folder.parent)
    whole = []
    for name in ids:
        code = units[name]
        shelf, (lines, faults), (moves, more) = shelves[code], statistics[code], reviews[code]
        item = next((item for item in shelf.items if item.id == name), None)
        if item is None:
            raise _unknown([name], [item.id for item in shelf.items], str(shelf.unit.code))
        evidence = bank_statistics.evidence([item], lines)
        uses = with_packages(evidence, lines, packages, [one.id for one in shelf.items])
        origin, model = origins[code], item.model.id if item.model is not None else None
        whole.append(
            WholeItem(
                str(shelf.unit.code),
                item,
                next((one for one in shelf.stimuli if one.id == item.shared_stimulus), None),
                tuple(one for one in moves if one.item == name),
                tuple(one for one in lines if one.item == name),
                (*more, *faults, *unread),
                bank_statistics.exposure(uses[name].uses) if name in uses else None,
                origin.of(name, model) if origin is not None else None,
            )
        )
    return whole


def _unknown(ids: Sequence[str], known: Sequence[str], where: str) -> Refused:
    return Refused.because(
        "no such item in the bank",
        [
            Problem(
                where,
                "item-unknown",
                tell(
                    "{name} is not one of its items{suggestion}",
                    name=name,
                    suggestion=suggestion(name, known),
                ),
            )
            for name in ids
        ],
    )


def preview_items(
    workspace: Path, code: str, ids: Sequence[str], out: Path, with_key: bool, replace: bool
) -> int:
    """Write items of a unit as they will print, to a PDF or one HTML file. Returns the number of items."""
    if out.suffix.lower() not in (".pdf", ".html", ".htm"):
        raise WrongUsage.because(
            "{out_option} {out} must end in .pdf or .html", out=out, out_option=option("out")
        )
    if out.exists() and not replace:
        raise WrongUsage.because(
            "{out} already exists. Choose another name or add {replace}.", out=out, replace=option("replace")
        )
    bank_folder = workspace / "item_bank"
    shelf = _shelf(bank_folder, code)
    by_id = {item.id: item for item in shelf.items}
    if unknown := [name for name in ids if name not in by_id]:
        raise _unknown(unknown, list(by_id), code)
    items = [by_id[name] for name in dict.fromkeys(ids)] if ids else list(shelf.items)
    if not items:
        raise Refused.because("{code} contains no items yet", code=code)
    sample = preview.sample(shelf, items)
    if problems := check_glyphs(sample):
        raise Refused.because("nothing was printed, because the fonts lack characters", problems)
    templates, media = template_folders(workspace), [bank_folder / code / "media"]
    if out.suffix.lower() == ".pdf":
        data = preview_pdf(sample, Shows(with_key), templates, media)
    else:
        html = preview_html(sample, Shows(with_key), templates, media)
        data = self_contained(html, (*templates, fonts(), *media)).encode()
    write_file(out, data)
    return len(items)


def draft_page(
    workspace: Path,
    shelf: BankUnit,
    item: Item,
    with_key: bool = True,
    as_pdf: bool = False,
    in_thai: bool = False,
) -> bytes:
    """Return an item, which need not be in the bank, as a PDF or as one HTML page that needs no other file.

    `with_key` shows its key, if it has one; otherwise the page shows what candidates get. Lines of both
    formats end at the same words, unless the window is too narrow. Raises Refused if the item cannot be
    printed.
    """
    sample = preview.sample(shelf, [item])
    if problems := check_glyphs(sample):
        raise Refused.because("nothing was printed, because the fonts lack characters", problems)
    templates = template_folders(workspace)
    media = [workspace / "item_bank" / str(shelf.unit.code) / MEDIA_FOLDER]
    shows = Shows(with_key and bool(item.key), with_key, in_thai)
    if as_pdf:
        return preview_pdf(sample, shows, templates, media)
    html = preview_html(sample, shows, templates, media, browsers=True)
    return self_contained(html, (*templates, fonts(), *media)).encode()


def _shelf(bank_folder: Path, code: str) -> BankUnit:
    shelves, problems = load_bank(bank_folder, [code])
    if not shelves:
        raise Refused.because("{code} has errors. Fix them first.", problems, code=code)
    return shelves[0]
