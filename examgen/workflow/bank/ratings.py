"""Commands on experts' ratings: forms out, filled forms in, what the ratings on record say."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from examgen.bank.loading import MEDIA_FOLDER
from examgen.bank.reviews.agreement import LevelAgreement, level_agreement
from examgen.bank.reviews.columns import asks_level
from examgen.bank.reviews.ratings import (
    KINDS,
    RATINGS_FILE,
    AngoffCut,
    Comment,
    Congruence,
    Panel,
    Rating,
    angoff_cut,
    by_panel,
    comments,
    congruence,
    current,
    earlier,
    outdated,
)
from examgen.bank.reviews.reading import Filled, read_ratings
from examgen.bank.reviews.settling import Settled, present, settle
from examgen.bank.reviews.statuses import day
from examgen.bank.reviews.workbook import RatingForm, rating_workbook
from examgen.bank.settings import review_settings
from examgen.bank.texts import append_records
from examgen.models.base import STATUSES, Status
from examgen.models.item import BankUnit, Item
from examgen.papers.preview import review_sheet
from examgen.problems import Problem, Refused, WrongUsage
from examgen.resources import template_folders
from examgen.storage import PRIVATE_FOLDER, write_file, write_files
from examgen.words import tell
from examgen.workflow.bank.loading import changes_bank
from examgen.workflow.bank.reviews import bytes_of, edition_of, items_named, one_unit, ratings_of
from examgen.workflow.files import Progress, quiet, read_files

MOST_EXPERTS = 99


IN_USE: tuple[Status, ...] = tuple(status for status in STATUSES if status != "retired")


class Choice(NamedTuple):
    """Which items are rated: those named, or all of some statuses."""

    items: tuple[str, ...] = ()
    statuses: tuple[Status, ...] = IN_USE


ALL = Choice()


class Written(NamedTuple):
    """The forms that were written, one an expert, and the items as a PDF."""

    workbooks: tuple[Path, ...]
    pdf: Path
    items: int


class PanelResult(NamedTuple):
    """What the experts of one panel say: congruence, or a cut score, and their comments by item; and which
    items they rated in an earlier text or for another criterion, of which nothing here speaks."""

    panel: Panel
    experts: tuple[str, ...]
    congruence: tuple[Congruence, ...]
    cut: AngoffCut | None
    comments: dict[str, tuple[Comment, ...]]
    least_ioc: float
    outdated: tuple[str, ...]
    levels: LevelAgreement | None
    """What they say of the levels of items; None where nobody named one."""


class RatingsImport(NamedTuple):
    """What came of the files, and what the panels say now."""

    settled: Settled
    results: tuple[PanelResult, ...]


def panel(kind: str, level: int | None, number: int) -> Panel:
    """What a user asks experts for."""
    known = [name for name in KINDS if name == kind]
    if not known:
        raise WrongUsage(tell("--kind {kind} is not one of {kinds}", kind=kind, kinds=", ".join(KINDS)))
    return Panel(known[0], level, number)


def write_forms(
    workspace: Path,
    code: str,
    out: Path,
    asked: Panel,
    experts: int | None = None,
    choice: Choice = ALL,
    replace: bool = False,
    progress: Progress = quiet,
) -> Written:
    """One rating workbook an expert and a PDF of the items, into a folder."""
    folder = workspace / "item_bank" / code
    shelf = one_unit(workspace / "item_bank", code)
    _check_level(shelf, asked)
    chosen = _chosen(shelf, asked, choice)
    before = _round_before(shelf, folder, asked)
    names = _experts(experts, before)
    form = RatingForm(shelf, edition_of(folder), asked, chosen, review_settings(folder.parent).least_ioc)
    stem = _stem(code, asked)
    files = {out / f"{stem}-{name}.xlsx": b"" for name in names} | {out / f"{stem}-items.pdf": b""}
    _may_write(files, replace)
    for path, name in zip(files, names, strict=False):
        files[path] = rating_workbook(form, name, earlier(before, name))
    progress(tell("printing {n} items", n=len(chosen)))
    *workbooks, pdf = files
    if asks_level(asked, form.levels):  # nobody is to lean on the levels that items claim
        chosen = tuple(item.model_copy(update={"levels": ()}) for item in chosen)
    sheet = review_sheet(
        shelf.unit, chosen, template_folders(workspace), shelf.stimuli, [folder / MEDIA_FOLDER]
    )
    if not out.exists():
        out.mkdir(PRIVATE_FOLDER, parents=True)  # keys are in it
    write_files({**files, pdf: sheet})
    return Written(tuple(workbooks), pdf, len(chosen))


def _check_level(shelf: BankUnit, panel: Panel) -> None:
    unit = shelf.unit
    if panel.level is not None and panel.level not in unit.levels:
        stated = ", ".join(map(str, unit.levels)) or tell("none")
        raise Refused(
            tell(
                "{code} does not state level {level}; it states {stated}",
                code=unit.code,
                level=panel.level,
                stated=stated,
            )
        )
    if panel.level is None and panel.kind != "ioc" and unit.levels:
        stated = ", ".join(map(str, unit.levels))
        raise WrongUsage(
            tell(
                "an Angoff rating is for a candidate of one level: give --level, one of {stated}",
                stated=stated,
            )
        )


def _chosen(shelf: BankUnit, panel: Panel, choice: Choice) -> tuple[Item, ...]:
    """The items named; else those of the statuses that have the level of the panel."""
    if choice.items:
        return tuple(items_named(shelf, choice.items))
    found = tuple(
        item
        for item in shelf.items
        if item.status in choice.statuses and (panel.level is None or panel.level in item.levels)
    )
    if not found:
        raise Refused(tell("{code} has no item of that level and status to rate", code=shelf.unit.code))
    return found


def _round_before(shelf: BankUnit, folder: Path, panel: Panel) -> tuple[Rating, ...]:
    if panel.round == 1:
        return ()
    wanted = panel._replace(round=panel.round - 1)
    ratings = ratings_of(folder)
    found = by_panel(current(ratings, present(shelf))).get(wanted, ())
    if not found:
        of = tell("round {round} of this kind and level", round=wanted.round)
        raise Refused(tell("{folder} has no ratings of {of}: import them first", folder=folder.name, of=of))
    return found


def _experts(count: int | None, before: Sequence[Rating]) -> tuple[str, ...]:
    """Names for that many, or those who rated in the round before."""
    if count is None and before:
        return tuple(sorted({rating.expert for rating in before}))
    if count is None or not 1 <= count <= MOST_EXPERTS:
        raise WrongUsage(
            tell(
                "say how many experts there are, 1 to {most_experts}: --experts 5", most_experts=MOST_EXPERTS
            )
        )
    return tuple(f"expert-{n}" for n in range(1, count + 1))


def _stem(code: str, panel: Panel) -> str:
    level = f"-L{panel.level}" if panel.level is not None else ""
    return f"{code}-{panel.kind}{level}-round-{panel.round}"


def _may_write(files: dict[Path, bytes], replace: bool) -> None:
    there = [path for path in files if path.exists()]
    if there and not replace:
        raise WrongUsage(
            tell(
                "{there} is there already, maybe filled in: name another folder, or --replace it",
                there=there[0],
            )
        )


@changes_bank
def import_ratings(
    bank_folder: Path, code: str, files: Sequence[Path], date: datetime.date | str, replace: bool = False
) -> RatingsImport:
    """Reads filled forms into `ratings.yaml`: all of them, or nothing if any is wrong."""
    on = day(date) if isinstance(date, str) else date
    shelf, folder = one_unit(bank_folder, code), bank_folder / code
    kept = ratings_of(folder)
    forms, problems = _read(files)
    settled = settle(forms, shelf, kept, on, replace)
    problems += [problem for problem in settled.problems if problem.severity == "error"]
    if problems:
        raise Refused(tell("{n} fault(s), nothing was stored", n=len(problems)), problems)
    if settled.ratings:
        path = folder / RATINGS_FILE
        source = f"{code}/{RATINGS_FILE}"
        data = append_records(bytes_of(path), settled.ratings, source, one_line=True)
        write_file(path, data, shared=True, within=bank_folder)
    rated = {form.panel for form in forms}
    results = _results([*kept, *settled.ratings], shelf, bank_folder)
    return RatingsImport(settled, tuple(one for one in results if one.panel in rated))


def _read(files: Sequence[Path]) -> tuple[list[Filled], list[Problem]]:
    forms, problems = [], []
    for name, data in read_files(list(dict.fromkeys(files))):
        form, faults = read_ratings(data, name)
        problems += faults
        if form is not None:
            forms.append(form)
    return forms, problems


def ratings_on_record(bank_folder: Path, code: str) -> tuple[PanelResult, ...]:
    """What the ratings on record say of the items as they are now, panel by panel."""
    shelf = one_unit(bank_folder, code)
    return _results(ratings_of(bank_folder / code), shelf, bank_folder)


def _results(ratings: Sequence[Rating], shelf: BankUnit, bank_folder: Path) -> tuple[PanelResult, ...]:
    least, now = review_settings(bank_folder).least_ioc, current(ratings, present(shelf))
    gone = outdated(ratings, now)
    claims = {item.id: item.levels for item in shelf.items}
    return tuple(
        _result(panel, found, least, gone.get(panel, ()), claims) for panel, found in by_panel(now).items()
    )


def _result(
    panel: Panel,
    ratings: Sequence[Rating],
    least: float,
    gone: tuple[str, ...],
    claims: Mapping[str, tuple[int, ...]],
) -> PanelResult:
    experts = tuple(sorted({rating.expert for rating in ratings}))
    rated = sorted({rating.item for rating in ratings if rating.value is not None})
    is_ioc = panel.kind == "ioc"
    return PanelResult(
        panel,
        experts,
        congruence(ratings, least) if is_ioc else (),
        None if is_ioc else angoff_cut(ratings, rated),
        comments(ratings),
        least,
        gone,
        level_agreement(ratings, claims),
    )
