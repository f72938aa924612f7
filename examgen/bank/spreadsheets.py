"""Commands that write a unit's items to a workbook, and read changed items from a workbook into the bank."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from examgen.bank import rewriting
from examgen.bank.checking import errors_by_rules
from examgen.bank.loading import ITEM_FOLDER, unit_codes
from examgen.bank.rules import KEY_IN_WORDS
from examgen.bank.whole_bank import (
    SUFFIXES,
    changes_bank,
    checked_with,
    encoded,
    item_data,
    item_files,
    usable_unit,
)
from examgen.bank.workbook import differences as workbook_changes
from examgen.bank.workbook import reading
from examgen.bank.workbook.differences import ImportPlan
from examgen.bank.workbook.faults import at_cells, errors_of, when_refused
from examgen.bank.workbook.writing import workbook
from examgen.core.files import (
    MANY_BYTES,
    MANY_ITEMS,
    Progress,
    quiet,
    read_files,
    read_input,
    write_file,
    write_files,
)
from examgen.core.models.item import BankUnit
from examgen.core.problems import Problem, Refused, WrongUsage
from examgen.core.words import option, tell, tell_n


class Imported(NamedTuple):
    """The result of an import or a dry run: the plan, the files that it writes, and notices."""

    unit: str
    plan: ImportPlan
    files: tuple[Path, ...]
    notices: tuple[Problem, ...]
    written: bool


def export_items(
    bank_folder: Path, code: str, path: Path, replace: bool = False, progress: Progress = quiet
) -> int:
    """Write the workbook of a unit and return the number of its items."""
    if path.suffix.lower() != ".xlsx":
        raise WrongUsage.because("{path} must end in .xlsx", path=path)
    if path.exists() and not replace:
        raise WrongUsage.because(
            "{path} already exists and may contain someone's work. Choose another name or add {replace}.",
            path=path,
            replace=option("replace", command="bank import"),
        )
    shelf = usable_unit(bank_folder, code)
    if len(shelf.items) > MANY_ITEMS:
        progress(tell("writing {n:,} items", n=len(shelf.items)))
    write_file(path, workbook(shelf))
    return len(shelf.items)


@changes_bank
def import_items(
    bank_folder: Path,
    path: Path,
    code: str | None = None,
    dry_run: bool = False,
    with_statuses: bool = True,
    progress: Progress = quiet,
) -> Imported:
    """Read items from a workbook or CSV file into the bank: all changes, or none if any is wrong.

    Unless `with_statuses` is set, a file that changes the status of an item is refused, and new items must be
    drafts.
    """
    [(_, data)] = read_files([path])
    if len(data) > MANY_BYTES:
        progress(tell("reading {name}", name=path.name))
    table = reading.read_table(data, path.name)
    # The unit that the items belong to: as the user says, as the workbook says, or the only one.
    exported = table.record.unit if table.record else None
    if code and exported and code != exported:
        raise WrongUsage.because(
            "{path} was exported from {exported}, not from {code}. Import it into {exported}.",
            path=path,
            exported=exported,
            code=code,
        )
    code = code or exported or the_only_unit(bank_folder, path)
    shelf = usable_unit(bank_folder, code)
    if len(table.rows) > MANY_ITEMS:
        progress(tell("comparing {n:,} lines with the bank", n=len(table.rows)))
    plan = workbook_changes.plan(table, shelf, ids_named(bank_folder / code, shelf))
    if not with_statuses and (faults := _statuses_given(plan)):
        raise Refused(
            tell_n(
                "{path}: {n} error, nothing was written",
                "{path}: {n} errors, nothing was written",
                len(faults),
                path=path,
            ),
            faults,
        )
    return carry_out(bank_folder, code, plan, path, dry_run, by_rules=True)


def _statuses_given(plan: ImportPlan) -> list[Problem]:
    """Return a problem for each cell that changes the status of an item; a new item must be a draft."""
    changed = [
        (one.item, change.where) for one in plan.changed for change in one.changes if change.field == "status"
    ]
    new = [(one.item.id, one.where) for one in plan.added if one.item.status != "draft"]
    message = tell("a file cannot set the status of an item. Leave it unchanged; a new item is a draft.")
    return [Problem(where, "status-given", message, item, "status") for item, where in (*changed, *new)]


def carry_out(
    bank_folder: Path, code: str, plan: ImportPlan, path: Path, dry_run: bool, by_rules: bool = False
) -> Imported:
    """Write the changes of a plan after checking the unit as it would then be; with `by_rules`, also by rules
    of severity error. The caller must hold the bank's lock.

    Raises Refused with every fault, located at its cell in the file.
    """
    folder = bank_folder / code
    changes = {
        one.item: {change.field: _plain(change.field, change.new) for change in one.changes}
        for one in plan.changed
    }
    texts = rewriting.rewrite(item_files(folder), changes, [item_data(one.item) for one in plan.added])
    found = at_cells(_checked(bank_folder, code, texts, plan, by_rules), plan.rows) if texts else []
    told = [*plan.problems, *found]
    if errors := errors_of(told):
        raise Refused(
            tell_n(
                "{path}: {n} error, nothing was written",
                "{path}: {n} errors, nothing was written",
                len(errors),
                path=path,
            ),
            when_refused(told, path.name),
        )
    paths = {folder / ITEM_FOLDER / name: encoded(text, folder, name) for name, text in texts.items()}
    if not dry_run:
        write_files(paths, shared=True, within=bank_folder)
    return Imported(code, plan, tuple(paths), tuple(told), bool(paths) and not dry_run)


def the_only_unit(bank_folder: Path, path: Path) -> str:
    """Return the only unit of a bank; raises WrongUsage if the bank has none or several."""
    known = unit_codes(bank_folder)
    if len(known) == 1:
        return known[0]
    raise WrongUsage.because(
        "{path} does not state its unit. Choose one of {known} with {unit}.",
        path=path,
        known=", ".join(known) or tell("the bank is empty"),
        unit=option("unit", command="bank import"),
    )


def ids_named(folder: Path, shelf: BankUnit) -> list[str]:
    """Return every id of this unit's pattern that occurs in any text file of its folder, including comments
    and reviews.
    """
    codes = "|".join(re.escape(criterion.code) for criterion in shelf.unit.criteria)
    pattern = re.compile(rf"(?<![\w.])(?:{codes})-\d+")
    paths = [path for path in sorted(folder.rglob("*")) if path.suffix in (*SUFFIXES, ".csv")]
    texts = (read_input(path).decode("utf-8", "replace") for path in paths)
    return [name for text in texts for name in pattern.findall(text)]


def _plain(field: str, value: Any) -> Any:
    """Return a value as YAML stores it: a single key alone, a list for several; None for an empty optional
    list.
    """
    if field == "key" and len(value) == 1:
        return value[0]
    if field in ("enemies", "anchored") and not value:
        return None
    return list(value) if isinstance(value, tuple) else value


def _checked(
    bank_folder: Path, code: str, texts: Mapping[str, str], plan: ImportPlan, by_rules: bool
) -> list[Problem]:
    """Return the problems that `bank check` would find in the unit: every error, and the warnings about items
    in the plan.
    """
    concerned = plan.rows
    problems = checked_with(bank_folder, code, texts)
    found = [problem for problem in problems if problem.severity == "error" or problem.item in concerned]
    if not by_rules:
        return found
    # a rationale that a changed key made wrong is only a warning here, but an error in `bank check`
    changed = {one.item for one in plan.changed}
    return found + [
        problem._replace(severity="warning")
        if problem.item in changed
        and problem.code == KEY_IN_WORDS
        and (problem.field or "").startswith("rationale.")
        else problem
        for problem in errors_by_rules(bank_folder, code, texts, concerned)
    ]
