"""Commands on experts' ratings: write rating forms, import completed ones, and report the ratings on
record."""

from __future__ import annotations

import datetime
import gc
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from examgen.bank.loading import MEDIA_FOLDER
from examgen.bank.reviews.agreement import LevelAgreement, level_agreement
from examgen.bank.reviews.forms import (
    ExpertAnswer,
    JudgedText,
    judged_text,
    letters,
    rating_of,
    rating_workbook,
    read_ratings,
    shown,
    shown_earlier,
)
from examgen.bank.reviews.instructions import instructions, levels_asked
from examgen.bank.reviews.moves import edition_of, items_named, ratings_of
from examgen.bank.reviews.ratings import (
    KINDS,
    RATINGS_FILE,
    AngoffCut,
    Comment,
    Congruence,
    Number,
    Rating,
    angoff_cut,
    by_panel,
    comments,
    congruence,
    current,
    earlier,
    outdated,
)
from examgen.bank.reviews.ratings import RatingPanel as RatingPanel  # noqa: PLC0414  (pages name it)
from examgen.bank.reviews.settling import ImportedRatings, present, settle
from examgen.bank.settings import review_settings
from examgen.bank.texts import with_records
from examgen.bank.whole_bank import changes_bank, usable_unit
from examgen.core.files import PRIVATE_FOLDER, Progress, quiet, read_files, write_file, write_files
from examgen.core.models.field_types import STATUSES, Status
from examgen.core.models.item import BankUnit, Item
from examgen.core.problems import Problem, Refused, WrongUsage
from examgen.core.resources import template_folders
from examgen.core.text.markdown import in_rows
from examgen.core.words import Language, option, tell, tell_n
from examgen.papers import preview
from examgen.papers.preview import review_sheet, review_sheets
from examgen.rendering.glyphs import check_glyphs
from examgen.rendering.pdf.reading.pdfium import picture_of

IN_USE: tuple[Status, ...] = tuple(status for status in STATUSES if status != "retired")


class ItemChoice(NamedTuple):
    """The items to rate: those named, or all items with one of some statuses."""

    items: tuple[str, ...] = ()
    statuses: tuple[Status, ...] = IN_USE


ALL = ItemChoice()


class WrittenForms(NamedTuple):
    """The forms that were written, one for each expert, and the items as one PDF or, if there are many,
    several."""

    workbooks: tuple[Path, ...]
    pdfs: tuple[Path, ...]
    items: int


class PanelResult(NamedTuple):
    """The ratings of one panel, as congruence or as a cut score, with comments by item.

    `outdated` are the items rated in an earlier version or for another criterion; those ratings do not
    count.
    """

    panel: RatingPanel
    experts: tuple[str, ...]
    congruence: tuple[Congruence, ...]
    cut: AngoffCut | None
    comments: dict[str, tuple[Comment, ...]]
    least_ioc: float
    outdated: tuple[str, ...]
    levels: LevelAgreement | None
    """The experts' agreement on the levels of items; None if nobody named a level."""
    ratings: tuple[Rating, ...] = ()
    """The ratings of each expert on each item."""


class RatingsImport(NamedTuple):
    """Result of importing files, and the current ratings of the panels in them."""

    settled: ImportedRatings
    results: tuple[PanelResult, ...]


def panel(kind: str, level: int | None, number: int) -> RatingPanel:
    """Return the panel with this kind, level and round. Raises WrongUsage if the kind is unknown."""
    known = [name for name in KINDS if name == kind]
    if not known:
        raise WrongUsage.because(
            "{kind_option} {kind} is not one of {kinds}",
            kind=kind,
            kinds=", ".join(KINDS),
            kind_option=option("kind"),
        )
    return RatingPanel(known[0], level, number)


def write_forms(
    workspace: Path,
    code: str,
    out: Path,
    asked: RatingPanel,
    experts: Sequence[str] = (),
    choice: ItemChoice = ALL,
    replace: bool = False,
    progress: Progress = quiet,
) -> WrittenForms:
    """Write one rating workbook for each expert, and the items as PDF, to a folder.

    From the second round on, the experts of the previous round are used if none is named.
    """
    folder = workspace / "item_bank" / code
    shelf = usable_unit(workspace / "item_bank", code)
    _check_level(shelf, asked)
    chosen = _chosen(shelf, asked, choice)
    before = _round_before(shelf, folder, asked)
    names = list(dict.fromkeys(experts)) or sorted({rating.expert for rating in before})
    if not names:
        raise WrongUsage.because("name the experts ({expert} NAME, once for each)", expert=option("expert"))
    level = f"-L{asked.level}" if asked.level is not None else ""
    stem = f"{code}-{asked.kind}{level}-round-{asked.round}"
    printed = chosen
    if levels_asked(asked, shelf.unit):  # the stated levels must not influence the experts
        printed = tuple(item.model_copy(update={"levels": ()}) for item in chosen)
    sheets = review_sheets(printed)
    parts = [f"-{sheet.number}-of-{sheet.of}" if sheet.of > 1 else "" for sheet in sheets]
    pdfs = tuple(out / f"{stem}-items{part}.pdf" for part in parts)
    workbooks = {out / f"{stem}-expert-{n}.xlsx": name for n, name in enumerate(names, 1)}
    if not replace and (there := [path for path in (*workbooks, *pdfs) if path.exists()]):
        raise WrongUsage.because(
            "{there} already exists and may be filled in. Choose another folder, or add {replace}.",
            there=there[0],
            replace=option("replace"),
        )
    edition, least = edition_of(folder), review_settings(folder.parent).least_ioc
    files = {
        path: rating_workbook(shelf, edition, asked, chosen, name, least, earlier(before, name))
        for path, name in workbooks.items()
    }
    progress(tell_n("printing {n} item", "printing {n} items", len(chosen)))
    for path, sheet in zip(pdfs, sheets, strict=True):
        gc.collect()  # boxes of the sheet before refer to each other
        files[path] = review_sheet(
            shelf.unit, sheet, template_folders(workspace), shelf.stimuli, [folder / MEDIA_FOLDER]
        )
    if not out.exists():
        out.mkdir(PRIVATE_FOLDER, parents=True)  # keys are in it
    write_files(files)
    return WrittenForms(tuple(workbooks), pdfs, len(chosen))


def _check_level(shelf: BankUnit, panel: RatingPanel) -> None:
    unit = shelf.unit
    if panel.level is not None and panel.level not in unit.levels:
        stated = ", ".join(map(str, unit.levels)) or tell("none")
        raise Refused.because(
            "{code} does not state level {level}. It states {stated}.",
            code=unit.code,
            level=panel.level,
            stated=stated,
        )
    if panel.level is None and panel.kind != "ioc" and unit.levels:
        stated = ", ".join(map(str, unit.levels))
        raise WrongUsage.because(
            "an Angoff rating is for a candidate of one level. Add {level} with one of {stated}.",
            stated=stated,
            level=option("level"),
        )


def _chosen(shelf: BankUnit, panel: RatingPanel, choice: ItemChoice) -> tuple[Item, ...]:
    """Return the named items, or else the items with one of the statuses that have the panel's level."""
    if choice.items:
        return tuple(items_named(shelf, choice.items))
    found = tuple(
        item
        for item in shelf.items
        if item.status in choice.statuses and (panel.level is None or panel.level in item.levels)
    )
    if not found:
        raise Refused.because("{code} has no items of that level and status to rate", code=shelf.unit.code)
    return found


def _round_before(shelf: BankUnit, folder: Path, panel: RatingPanel) -> tuple[Rating, ...]:
    if panel.round == 1:
        return ()
    wanted = panel._replace(round=panel.round - 1)
    ratings = ratings_of(folder)
    found = by_panel(current(ratings, present(shelf))).get(wanted, ())
    if not found:
        of = tell("round {round} of this kind and level", round=wanted.round)
        raise Refused.because(
            "{folder} has no ratings of {of}. Import them first.", folder=folder.name, of=of
        )
    return found


@changes_bank
def import_ratings(
    bank_folder: Path, code: str, files: Sequence[Path], date: datetime.date, replace: bool
) -> RatingsImport:
    """Read completed forms into `ratings.yaml`: all of them, or none if any has a fault."""
    answers: list[ExpertAnswer] = []
    problems: list[Problem] = []
    for name, data in read_files(list(dict.fromkeys(files))):
        found, faults = read_ratings(data, name)
        answers += found
        problems += faults
    return _kept(bank_folder, code, answers, problems, date, replace)


def _kept(
    bank_folder: Path,
    code: str,
    answers: Sequence[ExpertAnswer],
    faults: Sequence[Problem],
    on: datetime.date,
    replace: bool,
) -> RatingsImport:
    """Add answers that were read to the record: all of them, or none if any has a fault."""
    shelf, folder = usable_unit(bank_folder, code), bank_folder / code
    kept = ratings_of(folder)
    settled = settle(answers, shelf, kept, on, replace)
    problems = [*faults, *settled.problems]
    if problems:
        raise Refused(
            tell_n("{n} error; nothing was stored", "{n} errors; nothing was stored", len(problems)), problems
        )
    if settled.ratings:
        data = with_records(folder, RATINGS_FILE, settled.ratings, one_line=True)
        write_file(folder / RATINGS_FILE, data, shared=True, within=bank_folder)
    rated = {answer.panel for answer in answers}
    results = _results([*kept, *settled.ratings], shelf, bank_folder)
    return RatingsImport(settled, tuple(one for one in results if one.panel in rated))


def ratings_on_record(bank_folder: Path, code: str) -> tuple[PanelResult, ...]:
    """Return the ratings on record for the current versions of the items, by panel."""
    shelf = usable_unit(bank_folder, code)
    return _results(ratings_of(bank_folder / code), shelf, bank_folder)


def _results(ratings: Sequence[Rating], shelf: BankUnit, bank_folder: Path) -> tuple[PanelResult, ...]:
    least, now = review_settings(bank_folder).least_ioc, current(ratings, present(shelf))
    gone = outdated(ratings, now)
    claims = {item.id: item.levels for item in shelf.items}
    results = []
    for panel, found in by_panel(now).items():
        rated = sorted({rating.item for rating in found if rating.value is not None})
        is_ioc = panel.kind == "ioc"
        results.append(
            PanelResult(
                panel,
                tuple(sorted({rating.expert for rating in found})),
                congruence(found, least) if is_ioc else (),
                None if is_ioc else angoff_cut(found, rated),
                comments(found),
                least,
                gone.get(panel, ()),
                level_agreement(found, claims),
                tuple(found),
            )
        )
    return tuple(results)


# ── rounds on the site, where experts rate on pages instead of workbooks ─────────────────────


class RoundQuestions(NamedTuple):
    """The questions to the experts of a round, as they were when the round was opened.

    `items` has the hash, the criterion and a digest of the criterion's text for each item. `levels` are
    those an expert may choose from; empty if levels are not asked for.
    """

    edition: str
    items: dict[str, tuple[str, str, str]]
    levels: tuple[int, ...]


class ExpertAnswers(NamedTuple):
    """The answers of one expert: for each item the rating, the suitable level and a comment, each of which
    may be None."""

    expert: str
    name: str
    answers: Mapping[str, tuple[float | None, int | None, str | None]]


class ItemShown(NamedTuple):
    """An item as an expert reads it. Each of `options` is its letter, its text, whether it is right, and the
    reason."""

    id: str
    criteria: tuple[tuple[str, str], ...]
    levels: tuple[int, ...]
    """The levels stated for the item; empty if the expert is asked for them."""
    stimulus: str
    stem: str
    options: tuple[tuple[str, str, bool, str], ...]
    reference: str
    hash: str


def open_round(workspace: Path, code: str, asked: RatingPanel, choice: ItemChoice) -> RoundQuestions:
    """Return the questions of a round. Raises the same errors as `write_forms`, and writes nothing."""
    folder = workspace / "item_bank" / code
    shelf = usable_unit(workspace / "item_bank", code)
    _check_level(shelf, asked)
    chosen = _chosen(shelf, asked, choice)
    _round_before(shelf, folder, asked)
    items: dict[str, tuple[str, str, str]] = {item.id: judged_text(shelf, item) for item in chosen}
    return RoundQuestions(edition_of(folder), items, levels_asked(asked, shelf.unit))


@changes_bank
def close_round(
    bank_folder: Path,
    code: str,
    asked: RatingPanel,
    about: RoundQuestions,
    sheets: Sequence[ExpertAnswers],
    on: datetime.date,
) -> RatingsImport:
    """Add the answers of a round to the record, as `import_ratings` does with workbooks."""
    answers = [
        ExpertAnswer(
            code,
            about.edition,
            asked,
            sheet.expert,
            sheet.name,
            item,
            JudgedText(*about.items[item]),
            int(value) if value is not None and float(value).is_integer() else value,
            suits,
            comment or None,
            sheet.expert,
            tell("{expert}, {item}", expert=sheet.name, item=item),
        )
        for sheet in sheets
        for item, (value, suits, comment) in sheet.answers.items()
    ]
    return _kept(bank_folder, code, answers, (), on, replace=False)


def written_rating(kind: str, text: str) -> Number | None:
    """Return the rating in a text; None if it is blank. Raises WrongUsage if it is not a rating."""
    if not text.strip():
        return None
    found = rating_of(panel(kind, None, 1).kind, text)
    if isinstance(found, str):
        raise WrongUsage(found)
    return found


def rating_shown(kind: str, value: float) -> str:
    """Return a rating as it is written: `+1`, `65`, `yes`."""
    return shown(panel(kind, None, 1).kind, value)


def item_shown(shelf: BankUnit, item_id: str, asked: RatingPanel) -> ItemShown:
    """Return an item of the bank as the experts of a panel read it."""
    [item] = items_named(shelf, [item_id])
    criteria = {one.code: one.text for one in shelf.unit.criteria}
    stimuli = {one.id: one.text for one in shelf.stimuli}
    named = letters(item)
    return ItemShown(
        item.id,
        tuple((pc, criteria[pc]) for pc in item.pcs if pc in criteria),
        () if levels_asked(asked, shelf.unit) else item.levels,
        in_rows(stimuli[item.shared_stimulus], "stimulus") if item.shared_stimulus in stimuli else "",
        in_rows(item.stem),
        tuple((named[o], text, o in item.key, item.reasons.get(o, "")) for o, text in item.options.items()),
        item.reference,
        item.sha256(),
    )


def item_picture(workspace: Path, shelf: BankUnit, item_id: str) -> bytes:
    """Return a PNG of an item as it prints, without its key."""
    [item] = items_named(shelf, [item_id])
    sample = preview.sample(shelf, [item.model_copy(update={"levels": ()})])
    if problems := check_glyphs(sample):
        raise Refused.because("nothing was printed, because the fonts lack characters", problems)
    media = [workspace / "item_bank" / str(shelf.unit.code) / MEDIA_FOLDER]
    data = preview.preview_pdf(sample, preview.Shows(False), template_folders(workspace), media)
    return picture_of(data, item_id)


def said_before(bank_folder: Path, code: str, asked: RatingPanel, expert: str) -> dict[str, dict[str, str]]:
    """Return what an expert sees of the previous round, by item: their own rating, the median and the
    range."""
    if asked.round == 1:
        return {}
    found = earlier(_round_before(usable_unit(bank_folder, code), bank_folder / code, asked), expert)
    return {item: shown_earlier(asked.kind, one) for item, one in found.items()}


def instructions_to_experts(
    workspace: Path, shelf: BankUnit, asked: RatingPanel, language: Language
) -> list[tuple[str, bool]]:
    """Return the instructions to experts in one language, with a description of each level. True marks a
    heading."""
    least = review_settings(workspace / "item_bank").least_ioc
    return instructions(asked, least, shelf.unit, shelf.meanings, language)
