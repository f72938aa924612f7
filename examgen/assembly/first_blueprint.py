"""A unit, a level and the items of the bank → the file of a first blueprint, with comments for its next
editor.

It requires the same number of items of each criterion, as far as the bank has them, and items that no
earlier exam used or printed, if there are enough. It is the first of several proposals for which forms are
found.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from examgen.assembly.assemble import assemble
from examgen.assembly.cognitive_balance import same_thinking
from examgen.assembly.compliance import check_blueprint
from examgen.bank.whole_bank import load_bank, with_evidence
from examgen.core.exam.names import RESULTS
from examgen.core.files import write_file
from examgen.core.models.blueprint import Blueprint
from examgen.core.models.field_types import Cognitive, Status
from examgen.core.models.form import Exam
from examgen.core.models.item import BankUnit, Item
from examgen.core.models.standard import Unit
from examgen.core.problems import BlueprintNotMet, Problem, Refused, WrongUsage
from examgen.core.text.characters import THAI_LETTERS
from examgen.core.words import Language, Message, either, in_language, listed, noted, option, tell, tell_n
from examgen.core.yamlfile import parse, validate

MOST_EACH = 5
"""The maximum number of items of a criterion in a first blueprint."""
LEAST_EACH = 3
"""The number of items needed to judge a criterion; also proposed if the bank has none yet."""

_MOST_NAMED = 3
_MINUTES_AN_ITEM = 1.5
_TRUSTED: tuple[tuple[Status, ...], ...] = (
    ("operational",),
    ("operational", "approved", "pilot"),
    ("operational", "approved", "pilot", "review", "draft"),
)
"""Sets of statuses that may be used, best first; the last set is for trials."""


class BlueprintProposal(NamedTuple):
    """A proposal for a first blueprint: the number of items of each criterion, and the statuses used."""

    unit: Unit
    level: int | None
    occupation: str | None
    statuses: tuple[Status, ...]
    counts: Mapping[str, int]
    """The number of items by criterion; 0 if the bank has none."""
    n_forms: int = 1
    cognitive: Mapping[Cognitive, int | dict[str, int]] = {}
    """Quotas by cognitive category, which make several forms require the same thinking."""
    is_unused: bool = False
    """Whether only items may be used that no earlier exam used or printed."""
    spans: Mapping[str, tuple[int, int]] = {}
    """The minimum and maximum number of items, for each criterion in which forms may differ."""

    @property
    def n_items(self) -> int:
        """The number of items of a form."""
        return sum(self.counts.values())


class NewBlueprint(NamedTuple):
    """The file that was written, the proposal in it, and whether forms were found for it."""

    path: Path
    asked: BlueprintProposal
    notices: tuple[str, ...]
    builds: bool


def new_blueprint(
    workspace: Path,
    code: str,
    level: int | None,
    occupation: str | None,
    path: Path | None,
    replace: bool = False,
    language: Language = "en",
    n_forms: int = 1,
    exam: str = "",
    n_items: int | None = None,
) -> NewBlueprint:
    """Write the blueprint, with comments in this language.

    Without `exam`, the exam is named after the unit and the level, with a number added if an exam of that
    name was scored. A form has `n_items` items if the bank has enough. Raises `Refused` if the standard
    does not assess the level by a written test.
    """
    exam = exam or unscored_name(workspace, usual_name(code, level))
    path = path or Path(f"{exam}.yaml")
    if path.suffix not in (".yaml", ".yml"):
        raise WrongUsage.because("{path} must end in .yaml", path=path)
    if path.exists() and not replace:
        raise WrongUsage.because(
            "{path} already exists. Choose another name with {out}, or add {replace}.",
            path=path,
            out=option("out"),
            replace=option("replace"),
        )
    shelves, problems = load_bank(workspace / "item_bank", [code])
    if not shelves:
        raise Refused.because(
            "{code} has errors. Fix them first.", [p for p in problems if p.severity == "error"], code=code
        )
    [shelf], _ = with_evidence(shelves, workspace / "item_bank", exam)
    notices: tuple[str, ...] = ()
    asked, builds = None, False
    # if no item was used yet, the rule would only block its items in the next administration
    ways = (True, False) if any(known.uses for known in shelf.evidence.values()) else (False,)
    for proposal in proposals(shelf.unit, shelf.items, level, occupation, n_forms, n_items):
        for is_unused in ways:
            asked = proposal._replace(is_unused=is_unused)
            found, notices, spans = _found(asked, exam, shelf)
            if found is None and spans and asked.n_forms > 1:
                asked = asked._replace(spans=spans)
                found, notices, _ = _found(asked, exam, shelf)
            if found is None:
                continue
            builds = True
            if asked.n_forms > 1:
                bound = asked._replace(cognitive=same_thinking(found))
                asked = bound if _found(bound, exam, shelf)[0] else asked
            break
        if builds:
            break
    assert asked is not None  # there is a proposal for every unit
    if asked.spans:
        notices = (*notices, moved_quotas(asked))
    notices = (*notices, *_fewer_than_asked(asked, shelf, n_forms, n_items), *_unjudged(asked))
    write_file(path, text_of(asked, exam, language).encode(), shared=True)
    return NewBlueprint(path, asked, notices, builds)


def moved_quotas(asked: BlueprintProposal) -> Message:
    """Return the notice that forms may differ in the number of items of some criteria, because the bank has
    too few for equal numbers."""
    which = listed(
        tell("{pc}: {least} to {most}", pc=code, least=least, most=most)
        for code, (least, most) in asked.spans.items()
    )
    return tell(
        "The bank cannot give {n} forms the same number of items of every criterion. The "
        "smallest change that allows them is made: {which}.",
        n=asked.n_forms,
        which=which,
    )


def _fewer_than_asked(
    asked: BlueprintProposal, shelf: BankUnit, n_forms: int, n_items: int | None
) -> Iterator[Message]:
    """Yield notices if the blueprint has fewer forms or items than requested, with what more would
    require."""
    usable = [one for one in _of_level(shelf.items, asked.level) if one.status in asked.statuses]
    held = Counter(one.pc for one in usable)
    if asked.n_forms < n_forms:
        each = {code: n if n_items is not None else 1 for code, n in asked.counts.items() if n}
        lacking = [
            tell("{n} items of {pc} (the bank has {held})", n=n_forms * n, pc=code, held=held[code])
            for code, n in each.items()
            if held[code] < n_forms * n
        ]
        left = len(lacking) - _MOST_NAMED
        more = (
            [tell_n("more items of {n} other criterion", "more items of {n} other criteria", left)]
            if left > 0
            else []
        )
        if lacking:
            yield tell(
                "the blueprint asks for 1 form, not {n}. Without shared items, {n} forms need {lacking}",
                n=n_forms,
                lacking=listed([*lacking[:_MOST_NAMED], *more]),
            )
        else:
            yield tell(
                "the blueprint asks for 1 form, not {n}, because items exclude each other "
                "(enemies, shared stimuli). Write more items, or allow shared items "
                "(`overlap`).",
                n=n_forms,
            )
    if n_items is not None and asked.n_items < n_items:
        yield tell(
            "the blueprint asks for {n} items per form, not {asked}, because the bank has "
            "no more items of these statuses",
            n=asked.n_items,
            asked=n_items,
        )


def _unjudged(asked: BlueprintProposal) -> Iterator[Message]:
    """Yield a notice if no criterion can be judged, with the number of items per form needed to judge all."""
    n_asked = sum(map(bool, asked.counts.values()))
    if n_asked and max(asked.counts.values()) < LEAST_EACH:
        yield tell(
            "no criterion can be judged. That requires {least} items of each, or {n} items "
            "per form (judgement.min_items).",
            least=LEAST_EACH,
            n=LEAST_EACH * n_asked,
        )


def unscored_name(workspace: Path, name: str) -> str:
    """Return the name, or the name with the lowest number added, that no scored exam of the workspace has."""
    names = (name, *(f"{name}-{n}" for n in range(2, 1000)))
    return next(one for one in names if not (workspace / "output" / one / RESULTS).exists())


def usual_name(code: str, level: int | None) -> str:
    """Return the default name of an exam and its blueprint."""
    return code if level is None else f"{code}-L{level}"


def _found(
    asked: BlueprintProposal, exam: str, shelf: BankUnit
) -> tuple[Exam | None, tuple[str, ...], Mapping[str, tuple[int, int]]]:
    """Return the exam assembled from a proposal, or None, with the notices of its check.

    Without an exam, also returns the smallest change in the numbers of items by criterion that would allow
    one.
    """
    document, faults = parse(text_of(asked, exam), tell("the new blueprint"))
    blueprint, wrong = validate(document, [], document.data, Blueprint)
    if blueprint is None:
        raise Refused.because("no blueprint was written", [*faults, *wrong])
    try:
        notices = check_blueprint(blueprint, [shelf.unit], document)
    except Refused as refusal:
        told = [
            Problem(
                str(shelf.unit.code), one.code, one.message, field=f"--{one.field}" if one.field else None
            )
            for one in refusal.problems
        ]
        raise Refused.because("no blueprint was written", told) from refusal
    try:
        return assemble([shelf], blueprint, document), notices, {}
    except BlueprintNotMet as refusal:
        return None, notices, _spans(asked, refusal.details.get("repairs", ()))


def _spans(asked: BlueprintProposal, repairs: Sequence[Mapping[str, Any]]) -> dict[str, tuple[int, int]]:
    """Return, by criterion, the minimum and maximum number of items in the first repair that changes nothing
    else and leaves every criterion at least one item; empty if there is none."""
    for one in repairs:
        changes = [] if one["write"] else one["change"]
        spans = {
            change["path"][1]: (change["to"]["min"], change["to"]["max"])
            for change in changes
            if len(change["path"]) == 2 and change["path"][0] == "criteria"
        }
        keeps_all = all(least and most for least, most in spans.values())
        if spans and len(spans) == len(changes) and spans.keys() <= asked.counts.keys() and keeps_all:
            return spans
    return {}


def proposals(
    unit: Unit,
    items: Sequence[Item],
    level: int | None,
    occupation: str | None,
    n_forms: int = 1,
    n_items: int | None = None,
) -> Iterator[BlueprintProposal]:
    """Yield proposals, best first; the last is used if none can be built.

    Sets of statuses in which every criterion has an item come first, then those in which some have. For
    each set, a form has the requested number of items, or else as many of each criterion as the bank has,
    then fewer. A single form is proposed if there are too few items for several.
    """
    usable = _of_level(items, level)
    codes = [criterion.code for criterion in unit.criteria]
    held: list[tuple[tuple[Status, ...], dict[str, int]]] = []
    for own in _TRUSTED:
        pcs = [item.pc for item in usable if item.status in own]
        held.append((own, {code: pcs.count(code) for code in codes}))
    whole = [(own, counts) for own, counts in held if all(counts.values())]
    partly = [(own, counts) for own, counts in held if any(counts.values()) and not all(counts.values())]
    offered = []
    for statuses, counts in (*whole, *reversed(partly)):
        there = tuple(status for status in statuses if any(item.status == status for item in usable))
        for n in dict.fromkeys((n_forms, 1)):
            shares = {code: of // n for code, of in counts.items()}
            if [*map(bool, shares.values())] == [*map(bool, counts.values())]:
                offered.append((there, n, shares))
    if n_items is not None:
        if n_items < (least := max((sum(map(bool, shares.values())) for _, _, shares in offered), default=0)):
            raise Refused.because(
                "{n_items} items are too few for {n} criteria. Use at least {n} items, "
                "or remove criteria from the blueprint afterwards.",
                n_items=n_items,
                n=least,
            )
        for there, n, shares in offered:
            if even := _even(shares, n_items):
                yield BlueprintProposal(unit, level, occupation, there, even, n)
    for there, n, shares in offered:
        greatest = min(MOST_EACH, max(shares.values()))
        for most in dict.fromkeys((greatest, min(LEAST_EACH, greatest), 1)):
            fewer = {code: min(share, most) for code, share in shares.items()}
            if n_items is None or sum(fewer.values()) <= n_items:
                yield BlueprintProposal(unit, level, occupation, there, fewer, n)
    if not whole and not partly:
        yield BlueprintProposal(
            unit, level, occupation, ("operational",), dict.fromkeys(codes, LEAST_EACH), n_forms
        )


def _of_level(items: Sequence[Item], level: int | None) -> list[Item]:
    """Return the items that a form of this level may use."""
    return [item for item in items if level is None or not item.levels or level in item.levels]


def _even(shares: Mapping[str, int], n_items: int) -> dict[str, int] | None:
    """Return `n_items` items distributed as evenly over the criteria as their shares allow; None if the
    shares are too small."""
    found = dict.fromkeys(shares, 0)
    for _ in range(n_items):
        below = [code for code in shares if found[code] < shares[code]]
        if not below:
            return None
        found[min(below, key=lambda code: (found[code], -shares[code]))] += 1
    return found


def text_of(asked: BlueprintProposal, exam: str, language: Language = "en") -> str:
    """Return the blueprint as YAML, with comments in this language."""

    def say(msgid: str, **values: object) -> str:
        return in_language(tell(msgid, **values), language)

    unit, level = asked.unit, asked.level
    title = {
        "title": {
            "th": _title(unit.title or str(unit.code), level).th,
            "en": _title(str(unit.code), level).en,
        }
    }
    of = str(unit.code) if level is None else say(noted("{unit}, level {level}"), unit=unit.code, level=level)
    lines = [
        "# " + say(noted("A first blueprint of {of}. Edit it, then use `examgen build`."), of=of),
        "# " + say(noted("`examgen bank check --schema blueprint` lists every field.")),
        "# " + say(noted("The source archive explains them in docs/planning.md and docs/file-formats.md.")),
        f"exam: {exam}  # " + say(noted("the name of the package in output/")),
        _yaml(title),
        f"units: [{_key(str(unit.code))}]",
    ]
    if level is not None:
        lines.append(
            f"level: {level}  # " + say(noted("an occupation that the standard assesses by a written test"))
        )
    if asked.occupation:
        lines.append(_yaml({"occupation": asked.occupation}))
    trial: list[str] = []
    if unapproved := [status for status in ("review", "draft") if status in asked.statuses]:
        for_trial = noted("For trials only, because no expert has approved items of status {which}.")
        reviewed = noted("Have them reviewed (`examgen bank status`), then write [operational] here.")
        trial = ["# " + say(for_trial, which=either(unapproved)), "# " + say(reviewed)]
    criteria: list[str] = []
    counts = asked.counts
    element = f'"{asked.unit.elements[0].code}.*": 10'
    criteria.append(
        "criteria:  # "
        + say(
            noted("items of each criterion; {range} is a range, {element} a whole element"),
            range="{min: 3, max: 5}",
            element=element,
        )
    )
    for criterion in asked.unit.criteria:
        n: int | str = counts[criterion.code]
        if span := asked.spans.get(criterion.code):
            n = f"{{min: {span[0]}, max: {span[1]}}}"
        said = " ".join((criterion.text or "").split())
        if n:
            criteria.append(f"  {_key(criterion.code)}: {n}  # {said}".rstrip(" #"))
        else:
            none = say(noted("the bank has no items yet: {text}"), text=said)
            criteria.append(f"  # {criterion.code}: {LEAST_EACH}  {none}")
    lines += [
        f"forms: {asked.n_forms}  # "
        + say(
            noted(
                "2 for two forms without shared items; `examgen build` says how many forms the bank supports"
            )
        ),
        f"items: {asked.n_items}  # " + say(noted("in each form")),
        *criteria,
        _cognitive(asked.cognitive, say(noted("the same categories in every form"))),
        *trial,
        f"statuses: [{', '.join(asked.statuses)}]",
        "overlap: 0  # " + say(noted("items that any two forms share")),
        ("" if asked.is_unused else "# ")
        + "exposure: {administrations: 1}  # "
        + say(noted("only items that no earlier exam used or printed")),
        f"time_min: {minutes_of(asked.n_items)}",
        "pass: {percent: 60}  # "
        + say(
            noted("the committee's decision; {angoff} where experts have rated the items"),
            angoff="{cut: angoff}",
        ),
        f"judgement: {{min_items: {LEAST_EACH}, percent: 60}}  # "
        + say(noted("a criterion with fewer items is not judged")),
        "# judgement: {certainty: {percent: 80}}  # "
        + say(noted("met only if this certain, otherwise undecided")),
        "choices: thai  # " + say(noted("{letters}; or latin"), letters=" ".join(THAI_LETTERS[:4])),
        "seed: 1  # " + say(noted("another number produces other forms")),
    ]
    return "\n".join(lines) + "\n"


def _cognitive(quotas: Mapping[Cognitive, int | dict[str, int]], comment: str) -> str:
    if not quotas:
        return "# cognitive: {remember: {max: 30%}, apply: {min: 20%}}"
    return "cognitive: " + json.dumps(quotas).replace('"', "") + f"  # {comment}"


def minutes_of(n_items: int) -> int:
    """Return the time of a form in minutes: a minute and a half for each item, rounded up to a multiple of
    five, and at least ten."""
    return max(10, 5 * -(-round(n_items * _MINUTES_AN_ITEM) // 5))


def _title(unit: str, level: int | None) -> Message:
    if level is None:
        return tell("Competency test {unit}", unit=unit)
    return tell("Competency test {unit}, level {level}", unit=unit, level=level)


def _key(code: str) -> str:
    return _yaml({code: 0}).removesuffix(": 0")


def _yaml(data: Mapping[str, object]) -> str:
    return yaml.safe_dump(dict(data), allow_unicode=True, sort_keys=False, width=10_000).rstrip("\n")
