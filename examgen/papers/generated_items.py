"""Instances of item models: generated, checked by every item rule, and shown or written into the bank."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from examgen.bank import rewriting
from examgen.bank.checking import settings_of
from examgen.bank.checks import UnitDraft
from examgen.bank.generation.checking import FoundModel, check_models, instances_of, judged, load_models
from examgen.bank.generation.instances import REASONS, Maker, ModelFault
from examgen.bank.loading import ITEM_FOLDER, MODEL_FOLDER, load_unit, read_unit_draft, unit_codes
from examgen.bank.rules import applying
from examgen.bank.rules.rule import Rule
from examgen.bank.whole_bank import changes_bank, checked_with, encoded, item_data, item_files, named_units
from examgen.core.files import read_input, write_file, write_files
from examgen.core.models.item import Item
from examgen.core.problems import Problem, Refused, WrongUsage
from examgen.core.resources import fonts, template_folders
from examgen.core.words import option, tell
from examgen.core.yamlfile import suggestion
from examgen.papers import preview
from examgen.papers.preview import Shows, preview_html, preview_pdf
from examgen.rendering.self_contained import self_contained

PAGES = (".pdf", ".html", ".htm")
_MOST_REFUSED = 200
"""The number of consecutive instances with a fault after which no more are generated from a model."""


class FromModel(NamedTuple):
    """The instances made from one item model."""

    unit: str
    model: str
    items: list[Item]
    aside: dict[str, int]
    """The number of draws and instances that were discarded, by reason or by the code of a rule."""


class Generated(NamedTuple):
    """The instances of each model, the number requested of each, and the files they were written to."""

    models: list[FromModel]
    asked: int
    files: tuple[Path, ...]
    notices: tuple[Problem, ...] = ()

    @property
    def items(self) -> list[Item]:
        """The instances of all models."""
        return [item for one in self.models for item in one.items]


def generate(workspace: Path, names: Sequence[str], n: int, seed: int) -> Generated:
    """Return `n` new instances of each named model, of all models of each named unit, or of all models if no
    name is given. Writes nothing."""
    folder = workspace / "item_bank"
    # the units with the models that are named; all models of a unit that is named itself
    known = unit_codes(folder)
    codes = known if any(name not in known for name in names) or not names else list(dict.fromkeys(names))
    units: list[tuple[UnitDraft, list[FoundModel]]] = []
    problems: list[Problem] = []
    for code in named_units(folder, codes):
        if not (folder / code / MODEL_FOLDER).is_dir():
            continue
        shelf, faults = read_unit_draft(folder / code)
        models, more = load_models(folder / code)
        problems += [*faults, *more]
        if shelf is not None:
            units.append((shelf, models))
    if any(problem.severity == "error" for problem in problems):
        raise Refused.because("the bank has errors. Fix them first.", problems)
    ids = [one.model.id for _, models in units for one in models]
    for name in names:
        if name not in known and name not in ids:
            raise WrongUsage.because(
                "{name} is neither a unit nor an item model{suggestion}",
                name=name,
                suggestion=suggestion(name, [*known, *ids]),
            )
    wanted = []
    for shelf, models in units:
        named = [one for one in models if not names or shelf.code in names or one.model.id in names]
        if named:
            wanted.append((shelf, named))
    if not wanted:
        raise Refused.because("there are no item models. Add some to item_bank/UNIT/models/.")
    settings = settings_of(workspace)
    rules = [rule for rule in applying.chosen(settings) if rule.check is not None]
    notices: list[Problem] = []
    for shelf, models in wanted:
        of_parts, _ = check_models(shelf, models, (), settings)
        notices += of_parts
    if any(problem.severity == "error" for problem in notices):
        raise Refused.because("the models have errors. Fix them first.", notices)
    made = [
        _from_model(folder / shelf.code, shelf, one, n, seed, rules, settings)
        for shelf, models in wanted
        for one in models
    ]
    return Generated(made, n, (), tuple(problem for problem in notices if problem.severity != "error"))


def _from_model(
    folder: Path,
    shelf: UnitDraft,
    one: FoundModel,
    n: int,
    seed: int,
    rules: Sequence[Rule],
    settings: applying.Settings,
) -> FromModel:
    assert one.read is not None
    taken = instances_of([found.item for found in shelf.found], one.model.id)
    # One more than the greatest number that an instance of the model ever had, wherever it is named.
    pattern = re.compile(rf"(?<![\w.]){re.escape(one.model.id)}-(\d{{4,9}})(?!\d)")
    paths = [path for path in sorted(folder.rglob("*")) if path.suffix in (".yaml", ".yml", ".csv")]
    texts = (read_input(path).decode("utf-8", "replace") for path in paths)
    maker = Maker(
        one.read,
        seed,
        taken,
        1 + max((int(number) for text in texts for number in pattern.findall(text)), default=0),
    )
    items: list[Item] = []
    refused: Counter[str] = Counter()
    in_a_row = 0
    try:
        for instance in maker.made(n + 100 * n):
            if len(items) == n or in_a_row > _MOST_REFUSED:
                break
            item, faults = judged(shelf, one, instance.item, rules, settings)
            if faults:
                refused[faults[0].code] += 1
                in_a_row += 1
                continue
            in_a_row = 0
            items.append(item)
            if len(items) == n:
                break
    except ModelFault as fault:
        message = tell("{message} (drawn: {drawn})", message=fault.message, drawn=fault.drawn)
        problem = one.problem(fault.field, "model-value", message)
        raise Refused.because("the models have errors. Fix them first.", [problem]) from None
    return FromModel(shelf.code, one.model.id, items, {**maker.aside, **refused})


@changes_bank
def generate_into_items(bank_folder: Path, names: Sequence[str], n: int, seed: int) -> Generated:
    """Generate items and append them to the items of their criteria."""
    made = generate(bank_folder.parent, names, n, seed)
    paths: dict[Path, bytes] = {}
    problems: list[Problem] = []
    for code in dict.fromkeys(one.unit for one in made.models):
        folder = bank_folder / code
        new = [item_data(item) for one in made.models if one.unit == code for item in one.items]
        if not new:
            continue
        texts = rewriting.rewrite(item_files(folder), {}, new)
        problems += checked_with(bank_folder, code, texts)
        paths |= {folder / ITEM_FOLDER / name: encoded(text, folder, name) for name, text in texts.items()}
    if errors := [problem for problem in problems if problem.severity == "error"]:
        raise Refused.because("nothing was written", errors)
    write_files(paths, shared=True, within=bank_folder)
    return made._replace(files=tuple(paths))


def write_out(made: Generated, workspace: Path, path: Path, replace: bool) -> Generated:
    """Write the instances to a file: YAML in the form of an item file, or a page that shows them as they will
    print."""
    suffix = path.suffix.lower()
    if suffix not in (".yaml", ".yml", *PAGES):
        raise WrongUsage.because(
            "{out_option} {out} must end in .yaml, .pdf or .html", out=path, out_option=option("out")
        )
    if path.exists() and not replace:
        raise WrongUsage.because(
            "{out} already exists. Choose another name or add {replace}.", out=path, replace=option("replace")
        )
    if not made.items:
        raise Refused.because("no instance was made")
    if suffix not in PAGES:
        data = [item_data(item) for item in made.items]
        write_file(path, yaml.safe_dump(data, allow_unicode=True, sort_keys=False, width=10_000).encode())
        return made._replace(files=(path,))
    codes = list(dict.fromkeys(one.unit for one in made.models))
    if len(codes) > 1:
        raise WrongUsage.because(
            "a page shows the models of one unit. Choose one of {codes}.", codes=", ".join(codes)
        )
    shelf, problems = load_unit(workspace / "item_bank" / codes[0])
    if shelf is None:
        raise Refused.because("{code} has errors. Fix them first.", problems, code=codes[0])
    sample = preview.sample(shelf, made.items)
    templates, media = template_folders(workspace), [workspace / "item_bank" / codes[0] / "media"]
    if suffix == ".pdf":
        write_file(path, preview_pdf(sample, Shows(True), templates, media))
    else:
        html = preview_html(sample, Shows(True), templates, media)
        write_file(path, self_contained(html, (*templates, fonts(), *media)).encode())
    return made._replace(files=(path,))


def reason(code: str) -> str:
    """Return in words why something was discarded; for a rule, its code."""
    return REASONS.get(code, code)


def as_json(made: Generated) -> dict[str, Any]:
    """Return the instances as data for JSON, each with its model and the drawn values."""
    return {
        "models": [
            {
                "unit": one.unit,
                "model": one.model,
                "made": len(one.items),
                "asked": made.asked,
                "aside": one.aside,
            }
            for one in made.models
        ],
        "items": [item_data(item) for item in made.items],
        "files": [str(path) for path in made.files],
        "problems": [problem.as_dict() for problem in made.notices],
    }
