"""A blueprint that cannot be met → what the bank lacks, in the coordinator's words.

Counting finds most causes; what it does not find, an elastic model does: quotas may be missed at a
price, and those that are missed at the cheapest are named.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from examgen.assembly.constraints import LinearConstraint, Pool
from examgen.assembly.needs import counted, different_items, why_not
from examgen.assembly.solver import MAX_NODES, SearchEnded, solve
from examgen.models import Blueprint, Item
from examgen.problems import Problem
from examgen.yamlfile import Document


def explain(
    pool: Pool,
    bank: Sequence[Item],
    blueprint: Blueprint,
    rows: Sequence[LinearConstraint],
    weight: Callable[[int, int], int],
    document: Document,
) -> list[Problem]:
    """Every reason found; never empty."""
    return [
        *_too_few(pool, bank, blueprint, rows, document),
        *_quotas_against_length(blueprint, rows, document),
    ] or _elastic(pool, blueprint, rows, weight, document)


def _too_few(
    pool: Pool,
    bank: Sequence[Item],
    blueprint: Blueprint,
    rows: Sequence[LinearConstraint],
    document: Document,
) -> Iterator[Problem]:
    for row, needed in counted(rows, blueprint):
        if needed > len(row.items):
            yield _problem(document, row, _shortage(pool, bank, blueprint, row, needed))


def _shortage(
    pool: Pool, bank: Sequence[Item], blueprint: Blueprint, row: LinearConstraint, needed: int
) -> str:
    asked = f"{row.name}: the blueprint asks {row.least}"
    if blueprint.forms > 1:
        share = blueprint.overlap.max
        sharing = "" if share is None else f", sharing at most {share}"
        asked += f" in each of {blueprint.forms} forms{sharing} = {needed} different items"
    held = f"; the bank has {len(row.items)} usable{_left_out(pool, bank, blueprint, row)}"
    highest = max(n for n in range(row.least + 1) if different_items(n, blueprint) <= len(row.items))
    lower = f", or lower it to {highest}" if highest else ""
    return f"{asked}{held}: write {needed - len(row.items)} more{lower}"


def _left_out(pool: Pool, bank: Sequence[Item], blueprint: Blueprint, row: LinearConstraint) -> str:
    """` (12 in the bank: 2 for other levels)` where a criterion is short of items that exist."""
    if row.name in pool.places:
        same = [item for item in bank if item.pc == row.name]
    elif row.field == "items":
        same = list(bank)
    else:
        return ""
    reasons = [reason for item in same if (reason := why_not(item, blueprint))]
    if not reasons:
        return ""
    counted = ", ".join(f"{reasons.count(reason)} {reason}" for reason in dict.fromkeys(reasons))
    return f" ({len(same)} in all: {counted})"


def _quotas_against_length(
    blueprint: Blueprint, rows: Sequence[LinearConstraint], document: Document
) -> Iterator[Problem]:
    """Quotas of one kind whose least counts add up to too much, or greatest counts to too little."""
    every = {n for row in rows if row.field == "items" for n in row.items}
    for family in ("criteria", "cognitive"):
        parts = _disjoint([row for row in rows if row.field.split(".")[0] == family])
        least, greatest = sum(row.least for row in parts), sum(row.greatest for row in parts)
        if least > blueprint.items:
            message = f"the least counts add up to {least}, more than the {blueprint.items} items of a form"
            yield Problem(document.at([family]), "quotas-over-length", message, field=family)
        covered = {n for row in parts for n in row.items}
        if parts and covered == every and greatest < blueprint.items:
            message = (
                f"the greatest counts add up to {greatest}, fewer than the {blueprint.items} items of a form"
            )
            yield Problem(document.at([family]), "quotas-under-length", message, field=family)


def _disjoint(rows: Sequence[LinearConstraint]) -> list[LinearConstraint]:
    """Rows that share no item, the widest first: their counts may be added up."""
    taken: set[int] = set()
    chosen: list[LinearConstraint] = []
    for row in sorted(rows, key=lambda row: -len(row.items)):
        if row.items and not taken & set(row.items):
            taken |= set(row.items)
            chosen.append(row)
    return chosen


def _elastic(
    pool: Pool,
    blueprint: Blueprint,
    rows: Sequence[LinearConstraint],
    weight: Callable[[int, int], int],
    document: Document,
) -> list[Problem]:
    try:
        solution = solve(len(pool.items), blueprint.forms, rows, blueprint.overlap, weight, elastic=True)
    except SearchEnded:
        message = (
            f"these quotas cannot be met together, which is proven; which of them stands in the way was not "
            f"found in {MAX_NODES:,} steps of the search: widen the narrowest, or write more items"
        )
        return [Problem(document.at(["items"]), "quotas-unexplained", message, field="items")]
    if solution is None:
        message = (
            f"{blueprint.forms} forms of {blueprint.items} items cannot be had from {len(pool.items)} usable "
            f"items with this overlap, these enemies and these shared stimuli, whatever the quotas: allow "
            f"more overlap, fewer forms or shorter ones, or write more items"
        )
        return [Problem(document.at(["items"]), "forms-impossible", message, field="items")]
    worst: dict[int, int] = {}
    for (number, _), amount in solution.shortage.items():
        worst[number] = max(worst.get(number, 0), amount)
    return [_problem(document, rows[n], _missed(rows[n], amount)) for n, amount in sorted(worst.items())]


def _missed(row: LinearConstraint, amount: int) -> str:
    limits = f"{row.least} to {row.greatest}" if row.least != row.greatest else f"exactly {row.least}"
    return (
        f"{row.name}: {limits} a form cannot be met together with the other quotas; it would be missed by "
        f"{amount}: write {amount} more items that fit, or widen it by {amount}"
    )


def _problem(document: Document, row: LinearConstraint, message: str) -> Problem:
    field = row.field.split(".", 1)
    return Problem(document.at(field), "bank-too-small", message, field=row.field)
