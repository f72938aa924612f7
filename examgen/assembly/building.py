"""A blueprint and the bank → an exam package.

An exam's forms → what is to be known of them before anybody sits them: criteria that they can never judge,
elements that they do not ask alike. No fault; each with its cure.

The report of a build: the figures of an exam, as a page and as lines for the terminal.
"""

from __future__ import annotations

import statistics
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from examgen.assembly import assemble
from examgen.assembly.assemble import assembled
from examgen.assembly.blueprints import read_blueprint
from examgen.assembly.compliance import NOT_OBJECTIVE, NOT_THE_UNIT
from examgen.assembly.figures.build import figures
from examgen.assembly.order.key_places import NO_LIMITS, OF_PLACES
from examgen.assembly.task import Solution
from examgen.bank import loading
from examgen.bank.exam_uses import record_use
from examgen.bank.loading import across_units
from examgen.bank.statistics import DATE_UNKNOWN
from examgen.bank.whole_bank import load_bank, with_evidence
from examgen.core.exam.bindings import Fingerprints, fingerprints_of
from examgen.core.exam.package import read_package
from examgen.core.exam.writing import Files, exam_files, write_package
from examgen.core.models.base import CATEGORY_WORDS, COGNITIVE
from examgen.core.models.blueprint import Blueprint
from examgen.core.models.build_figures import BuildFigures
from examgen.core.models.characteristics import (
    TRUE_PERCENTS,
    Chances,
    Characteristics,
    CriteriaMet,
    Kind,
    Length,
    Needed,
)
from examgen.core.models.form import Exam
from examgen.core.models.item import BankUnit
from examgen.core.models.standard import BESIDES
from examgen.core.problems import BlueprintNotMet, Problem, Refused
from examgen.core.storage import read_input, sha256
from examgen.core.words import Language, joined, listed, noted, recognised, tell
from examgen.core.yamlfile import Document
from examgen.rendering.self_contained import self_contained
from examgen.scoring.characteristics import Asked, characteristics
from examgen.scoring.cut_scores import AND_MORE, THIN_PARTS, check_decisions, criteria_of, with_cuts

if TYPE_CHECKING:
    from examgen.assembly.build_report.characteristics import Shown
    from examgen.assembly.build_report.characteristics import Told as ToldCharacteristics

_MOST = 8
"""So many are named; of more, how many there are."""


_NONE_JUDGED = noted(
    "none of the {of} criteria of the paper can be judged: no form has {least} items of them "
    "(judgement.min_items): {which}: write more items for them, lower judgement.min_items, or leave them "
    "out of the paper"
)
_NEVER_JUDGED = noted(
    "{n} of the {of} criteria of the paper can never be judged: no form has {least} items of them "
    "(judgement.min_items): {which}: write more items for them, lower judgement.min_items, or leave them "
    "out of the paper"
)
_ONE_ON_SOME = noted(
    "1 criterion is judged on some forms only: others have fewer than {least} items of it "
    "(judgement.min_items): {which}: ask equally many on every form, or lower judgement.min_items"
)
_MANY_ON_SOME = noted(
    "{n} criteria are judged on some forms only: others have fewer than {least} items of them "
    "(judgement.min_items): {which}: ask equally many on every form, or lower judgement.min_items"
)
_NEVER_MET = noted(
    "nobody can meet {which} with the certainty asked (judgement.certainty), even with every item right: ask "
    "more items of them, or less certainty"
)
_UNLIKE_IN_ONE = noted(
    "forms differ in 1 element: {which} items: where forms are to be alike, ask a number for the element in "
    "criteria"
)
_UNLIKE = noted(
    "forms differ in {n} elements: {which} items: where forms are to be alike, ask a number for the element "
    "in criteria"
)
_NOTICES = (
    NOT_OBJECTIVE,
    NO_LIMITS,
    NOT_THE_UNIT,
    *(
        _NONE_JUDGED,
        _NEVER_JUDGED,
        _ONE_ON_SOME,
        _MANY_ON_SOME,
        _NEVER_MET,
        _UNLIKE_IN_ONE,
        _UNLIKE,
        THIN_PARTS,
    ),
)


def notices_without_keys(kept: Iterable[str]) -> list[str]:
    """The notices of an exam, which `exam.yaml` keeps in English, as messages, but those on the places of
    right answers: who may try whatever forms he likes has all keys from these, one by one."""
    values = (AND_MORE, *BESIDES)
    return [recognised(one, _NOTICES, values) for one in kept if recognised(one, OF_PLACES) is one]


def with_form_notices(built: Exam) -> Exam:
    """The exam with what is to be known of its forms."""
    told = (*_unjudged(built), *_never_met(built), *_unlike(built))
    return built.model_copy(update={"notices": (*built.notices, *told)}) if told else built


def _unjudged(built: Exam) -> Iterator[str]:
    """Criteria that the paper asks and that its own `judgement` can judge on no form, or only on some."""
    least = built.blueprint.judgement.min_items
    counts = _by_form(built, "pc")
    asked = _asked(counts)
    never = {name: own for name, own in asked.items() if max(own) < least}
    some = {name: own for name, own in asked.items() if min(own) < least <= max(own)}
    if never:
        said = _NONE_JUDGED if len(never) == len(asked) else _NEVER_JUDGED
        more = {} if said is _NONE_JUDGED else {"n": len(never)}
        yield tell(said, of=len(asked), least=least, which=_named(never), **more)
    if some:
        said = _ONE_ON_SOME if len(some) == 1 else _MANY_ON_SOME
        more = {} if said is _ONE_ON_SOME else {"n": len(some)}
        yield tell(said, least=least, which=_named(some), **more)


def _never_met(built: Exam) -> Iterator[str]:
    """Criteria that are judged, and of whose items no number right is as certain as is asked."""
    if built.blueprint.judgement.certainty is None:
        return
    kinds = [one for one in characteristics_of(built).kinds if one.level == "criterion"]
    never = {code: one.n_items for one in kinds if one.met_from is None for code in one.places}
    if never:
        yield tell(_NEVER_MET, which=_named({code: (n,) for code, n in never.items()}))


def _unlike(built: Exam) -> Iterator[str]:
    """Elements of which forms ask another number of items."""
    counts = _by_form(built, "element")
    apart = {name: own for name, own in _asked(counts).items() if min(own) != max(own)}
    if apart:
        said = _UNLIKE_IN_ONE if len(apart) == 1 else _UNLIKE
        more = {} if said is _UNLIKE_IN_ONE else {"n": len(apart)}
        yield tell(said, which=_named(apart), **more)


def _by_form(built: Exam, level: str) -> list[Counter[str]]:
    """Of each form the scored items by criterion or element; units apart where the exam has several."""
    several = len(built.units) > 1

    def name(unit: str, code: str) -> str:
        return f"{unit} {code}" if several and not code.startswith(unit) else code

    return [
        Counter(
            name(one.unit, one.item.pc if level == "pc" else one.element) for one in form.items if one.points
        )
        for form in built.forms
    ]


def _asked(counts: Sequence[Counter[str]]) -> dict[str, list[int]]:
    """Place → its items on each form, of the places that any form asks, by name."""
    names = sorted({name for own in counts for name in own})
    return {name: [own[name] for own in counts] for name in names}


def _named(found: Mapping[str, Sequence[int]]) -> str:
    """`A4011.01 (2), A4011.02 (1–2)`, the first of many."""
    said = []
    for name, counts in [*found.items()][:_MOST]:
        least, most = min(counts), max(counts)
        said.append(f"{name} ({most})" if least == most else f"{name} ({least}–{most})")
    names = ", ".join(said)
    return tell(AND_MORE, names=names, n=len(found) - _MOST) if len(found) > _MOST else names


def build_figures(exam: Exam) -> BuildFigures:
    """What the forms of an exam show, counted anew."""
    return figures(exam)


def mean_levels(exam: Exam) -> dict[str, float]:
    """By form, the mean over its scored items of the level that each claims, of several their mean; empty
    where no item claims any."""
    of_forms = {
        form.name: [statistics.fmean(p.item.levels) for p in form.items if p.points and p.item.levels]
        for form in exam.forms
    }
    return {name: statistics.fmean(levels) for name, levels in of_forms.items() if levels}


def characteristics_of(exam: Exam) -> Characteristics:
    """How often the exam's rules decide what, for people of a known true share."""
    criteria = criteria_of(exam.units)
    place = {(unit, pc): n for n, (unit, _, pc) in enumerate(criteria)}
    forms = {
        form.name: [
            (place[one.unit, one.item.pc], Asked(one.points, len(one.order), len(one.item.key)))
            for one in form.items
        ]
        for form in exam.forms
    }
    asked = exam.blueprint
    cuts = {name: one.cut for name, one in exam.cuts.items()}
    return characteristics(forms, criteria, asked.judgement, asked.scoring, asked.pass_rule, cuts)


def build_report(
    found: BuildFigures,
    exam: Exam,
    solved: Mapping[str, object],
    workspace: Path,
    sure: Characteristics | None = None,
) -> bytes:
    """The report as one HTML file that needs no other; `solved` as in `reports.build.build_report`.

    `sure` are the characteristics of the exam, where they are known already.
    """
    from examgen.assembly.build_report.page import build_report as context
    from examgen.core.resources import fonts, template_folders
    from examgen.rendering.line_breaks import line_setter
    from examgen.rendering.templates.filling import fill

    templates = template_folders(workspace)
    told = context(found, exam, solved, sure or characteristics_of(exam))
    html = fill("build-report.html", told, templates, line_setter(templates))
    return self_contained(html, (*templates, fonts())).encode()


def report_lines(found: BuildFigures, language: Language = "en") -> list[str]:
    """The same as lines for the terminal."""
    from examgen.assembly.build_report.lines import lines

    return lines(found, language)


def figures_of_package(folder: Path) -> dict[str, Any]:
    """The figures of a package as tables for a page: what was asked, what the forms hold, how sure the
    judgement is. Nothing of right answers, not even their counts, which are equations for the key."""
    from examgen.assembly.build_report.page import figures_without_keys

    exam = read_package(folder).exam
    return figures_without_keys(build_figures(exam), characteristics_of(exam))


def shown_characteristics(found: Planned) -> Shown:
    """How sure the judgement of an exam is, as a table for a page."""
    from examgen.assembly.build_report.characteristics import shown

    return shown(found.characteristics)


def told_characteristics(found: Characteristics) -> ToldCharacteristics:
    """The characteristics of an exam as a short table and sentences for the terminal."""
    from examgen.assembly.build_report.characteristics import told

    return told(found)


class Planned(NamedTuple):
    """An exam, how its forms were found and in how many seconds, and what else its package holds."""

    exam: Exam
    solution: Solution
    seconds: float
    bank_sha256: str
    media: Mapping[tuple[str, str], bytes]
    editions: Mapping[str, str]
    figures: BuildFigures
    characteristics: Characteristics
    problems: Sequence[Problem]
    """What of the bank's records could not be read."""


class Built(NamedTuple):
    """An exam and the folder it was written to."""

    folder: Path
    exam: Exam
    planned: Planned
    fingerprints: Fingerprints


def plan(
    blueprint_path: Path,
    workspace: Path,
    seed: int | None = None,
    write_order: Path | None = None,
    replace: bool = False,
) -> Planned:
    """Assembles the forms that a blueprint asks for; writes nothing but the order of what is lacking."""
    if write_order is not None:
        from examgen.assembly.capacity.orders import check_order_path

        check_order_path(write_order, replace)
    blueprint, document = read_blueprint(blueprint_path, workspace / "item_bank")
    if seed is not None:
        blueprint = blueprint.model_copy(update={"seed": seed})
    return planned(blueprint, document, workspace, write_order, replace)


def planned(
    blueprint: Blueprint,
    document: Document,
    workspace: Path,
    write_order: Path | None = None,
    replace: bool = False,
) -> Planned:
    """As `plan`, of a blueprint that has been read."""
    bank_folder = workspace / "item_bank"
    shelves, warnings = shelves_of(workspace, blueprint)
    check_decisions(blueprint, [shelf.unit for shelf in shelves])
    start = time.perf_counter()
    try:
        found = assembled(shelves, blueprint, document)
    except BlueprintNotMet as refusal:
        if write_order is not None:
            from examgen.assembly.capacity.orders import order_of

            written = order_of(refusal, shelves, blueprint, bank_folder, write_order, replace)
            order = tell("what is to be written is in {names}", names=", ".join(map(str, written)))
            refusal.message = joined([refusal.message, order], between="; ")
        refusal.problems += unread(warnings)
        raise
    seconds = time.perf_counter() - start
    void = {problem.item for problem in warnings if problem.code == "approval-void"}
    used = sorted({p.item.id for form in found.exam.forms for p in form.items if p.item.id in void})
    built = with_form_notices(
        with_cuts(found.exam.model_copy(update={"void_approvals": tuple(used)}), shelves, bank_folder)
    )
    media, editions = _media(bank_folder, built), _edition_hashes(bank_folder, blueprint.units)
    sha256 = assemble.bank_sha256(shelves)
    return Planned(
        built,
        found.solution,
        seconds,
        sha256,
        media,
        editions,
        build_figures(built),
        characteristics_of(built),
        (*_to_know(warnings, built), *_other_thinking(built), *_asked_before(shelves, built)),
    )


def build(
    blueprint_path: Path,
    workspace: Path,
    out: Path | None = None,
    seed: int | None = None,
    replace: bool = False,
    write_order: Path | None = None,
) -> Built:
    """Assembles the forms that a blueprint asks for and writes the exam package."""
    return written(plan(blueprint_path, workspace, seed, write_order, replace), workspace, out, replace)


def written(found: Planned, workspace: Path, out: Path | None = None, replace: bool = False) -> Built:
    """Writes the package of an exam that has been assembled."""
    folder = out if out is not None else workspace / "output" / found.exam.blueprint.exam
    record_use(workspace, folder)  # of what it may take the place of
    write_package(folder, files_of(found, workspace), replace)
    return Built(folder, found.exam, found, fingerprints_of(folder))


def files_of(found: Planned, workspace: Path) -> Files:
    """The files of the package of an exam that has been assembled."""
    report = build_report(found.figures, found.exam, _solved(found), workspace, found.characteristics)
    return exam_files(found.exam, found.bank_sha256, found.media, found.editions, report)


def _solved(planned: Planned) -> dict[str, object]:
    """What the report tells of the solver: nothing that changes from one run to the next."""
    found = planned.solution
    return {
        "path": found.path,
        "objective": found.objective,
        "bound": found.bound,
        "gap": gap(found),
        "editions": dict(planned.editions),
        "bank_sha256": planned.bank_sha256,
    }


def gap(found: Solution) -> float | None:
    """How far the forms are from what no forms can better, as a share of it; None where nothing is sought."""
    if found.objective is None or not found.bound:
        return None
    return abs(found.bound - found.objective) / abs(found.bound)


def as_dict(planned: Planned) -> dict[str, object]:
    """What `--json` tells of an exam."""
    solved = {
        key: value for key, value in _solved(planned).items() if key in ("path", "objective", "bound", "gap")
    }
    cuts = {name: cut.model_dump(mode="json") for name, cut in planned.exam.cuts.items()}
    # What `--json` tells of the rules on the forms.
    from examgen.assembly.build_report.characteristics import assumed

    def chances(one: Chances) -> dict[str, float]:
        names = (*map(str, TRUE_PERCENTS), "guesser")
        return {name: round(p, 6) for name, p in zip(names, (*one.at, one.guesser), strict=True)}

    def plain(value: object) -> object:
        if isinstance(value, Chances):
            return chances(value)
        if isinstance(value, Length):
            return value._asdict()
        return (
            float(value)
            if isinstance(value, Decimal)
            else round(value, 6)
            if isinstance(value, float)
            else value
        )

    def told(one: Kind | CriteriaMet | Needed) -> dict[str, object]:
        return {name: plain(value) for name, value in one._asdict().items()}

    return {
        "exam": planned.exam.blueprint.exam,
        "forms": [
            {
                "form": form.name,
                "items": [p.item.id for p in form.items if p.points],
                **({"pilot": pilot} if (pilot := [p.item.id for p in form.items if not p.points]) else {}),
            }
            for form in planned.exam.forms
        ],
        "anchor": list(planned.exam.anchor),
        **({"cuts": cuts} if cuts else {}),
        "notices": list(planned.exam.notices),
        "level": {
            "paper": planned.exam.blueprint.level,
            "items": {name: round(mean, 3) for name, mean in mean_levels(planned.exam).items()},
        },
        "judgement": {
            "true_percents": list(TRUE_PERCENTS),
            "kinds": [told(one) for one in planned.characteristics.kinds],
            "criteria_not_judged": planned.characteristics.unjudged,
            "unlike_forms": planned.characteristics.unlike,
            "criteria_met": [told(one) for one in planned.characteristics.criteria_met],
            "pass": [
                {"forms": list(one.forms), **chances(one.chances)} for one in planned.characteristics.passed
            ],
            "items_needed": [told(one) for one in planned.characteristics.needed],
            "assumed": [one.en for one in assumed(planned.characteristics)],
        },
        "solved": {**solved, "seconds": round(planned.seconds, 3)},
        "problems": [problem.as_dict() for problem in planned.problems],
    }


def shelves_of(workspace: Path, blueprint: Blueprint) -> tuple[list[BankUnit], list[Problem]]:
    """The units of a blueprint with what is known of their items, and the warnings about them."""
    shelves, problems = load_bank(workspace / "item_bank", blueprint.units)
    if len(shelves) < len(blueprint.units):
        raise Refused(
            tell("the item bank has faults: mend them first"), [p for p in problems if p.severity == "error"]
        )
    if clashes := across_units(shelves):
        raise Refused(tell("these units cannot be in one exam"), clashes)
    known, faults = with_evidence(shelves, workspace / "item_bank", blueprint.exam)
    undated = [problem for problem in faults if problem.code == DATE_UNKNOWN]
    if undated and (blueprint.exclude_last or "age_days" in blueprint.quantities):
        raise Refused(tell("the blueprint rests on dates of administrations that are not known"), undated)
    return known, [*problems, *faults]


def unread(warnings: Sequence[Problem]) -> tuple[Problem, ...]:
    """Warnings about statistics that the forms may rest on, or rest on no longer."""
    return tuple(problem for problem in warnings if problem.code.startswith(("statistics-", "use-")))


def _to_know(warnings: Sequence[Problem], built: Exam) -> tuple[Problem, ...]:
    """Those, and what experts hold against items of the forms."""
    used = {p.item.id for form in built.forms for p in form.items}
    low = (one for one in warnings if one.code == "congruence-low" and one.item in used)
    return (*unread(warnings), *low)


_APART = 0.1
"""Forms are told to ask other thinking where they differ by more than this share of a form's items."""


def _other_thinking(built: Exam) -> Iterator[Problem]:
    """By how many items of a cognitive category the forms differ, where that is more than a few."""
    counts = [Counter(one.item.cognitive for one in form.items if one.points) for form in built.forms]
    apart = {
        name: (min(own), max(own))
        for name in COGNITIVE
        if (own := [of[name] for of in counts]) and max(own) - min(own) > _APART * built.blueprint.items
    }
    if apart:
        which = listed(
            tell("{words} {least}–{most}", words=CATEGORY_WORDS[name], least=least, most=most)
            for name, (least, most) in apart.items()
        )
        message = tell(
            "the forms differ in the thinking that they ask for, in items of a form: {which}; for parallel "
            "forms, set the number of items of each category under `cognitive`",
            which=which,
        )
        yield Problem(built.blueprint.exam, "forms-apart", message, severity="warning")


_MOST_BEFORE = 5


def _asked_before(shelves: Sequence[BankUnit], built: Exam) -> Iterator[Problem]:
    """How many of the items an exam before asked, the last one first; not which."""
    used = {p.item.id for form in built.forms for p in form.items}
    counts: Counter[tuple[str, str, bool]] = Counter()
    again: set[str] = set()
    for shelf in shelves:
        for item, known in shelf.evidence.items():
            for use in known.uses if item in used else ():
                counts[use.date or "9999", use.administration, use.is_sat] += 1
                again.add(item)
    if not again:
        return
    said = [
        tell("{n} in {exam}", n=n, exam=name) if is_sat else tell("{n} in {exam} (printed)", n=n, exam=name)
        for (_, name, is_sat), n in sorted(counts.items(), reverse=True)
    ]
    more = [tell("{n} more", n=len(said) - _MOST_BEFORE)] if len(said) > _MOST_BEFORE else []
    which = joined([*said[:_MOST_BEFORE], *more])
    message = tell(
        "{k} of the {n} items were asked or printed before: {which}", k=len(again), n=len(used), which=which
    )
    yield Problem(built.blueprint.exam, "asked-before", message, severity="warning")


def _edition_hashes(bank_folder: Path, codes: Sequence[str]) -> dict[str, str]:
    """The present edition of each unit: the SHA-256 of its `unit.yaml`."""
    return {code: sha256(read_input(bank_folder / code / "unit.yaml")) for code in codes}


def _media(bank_folder: Path, built: Exam) -> dict[tuple[str, str], bytes]:
    """The files of each unit's media folder that a printed text names."""
    printed = [p.item for form in built.forms for p in form.items]
    texts = [text for item in printed for text in (item.stem, *item.options.values())]
    texts += [stimulus.text for stimulus in built.stimuli]
    return {
        (unit, name): data
        for unit in built.blueprint.units
        for name, data in loading.media(bank_folder / unit, texts).items()
    }
