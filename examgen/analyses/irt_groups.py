"""An item response model of several groups: items alike in all, the distribution of ability each its own."""

from __future__ import annotations

import numpy as np

from examgen.analyses.documents import Document, note, notes, notices, without_group
from examgen.analyses.irt import prior_of
from examgen.analyses.options import IrtOptions, ResponseSource
from examgen.analyses.sources import load_responses
from examgen.capture.response_files import groups_of
from examgen.core.problems import Problem, Refused, WrongUsage
from examgen.core.words import option, tell
from examgen.stats.mml_fit import fit_groups
from examgen.stats.results import plain

_FEWEST = 2


def analyse_groups(source: ResponseSource, options: IrtOptions) -> Document:
    """`model`, `groups` with mean and standard deviation (the first is 0 and 1, or 0 for Rasch), `items`.

    Items named in `options.free` have parameters of their own in each group, and stand once for each.
    """
    assert options.group is not None
    group, model, free = options.group, options.model, options.free
    prior = prior_of(options.prior_c, model)
    exclude = tuple(dict.fromkeys((*source.exclude, group)))
    loaded = load_responses(source.model_copy(update={"exclude": exclude}), 1)
    values, number = groups_of(loaded.table, group)
    if len(values) < 2:
        shown = ", ".join(values) or tell("nothing")
        raise Refused(
            tell(
                "column {group} of {loaded} contains only {shown}. At least two groups are needed",
                group=group,
                loaded=loaded.name,
                shown=shown,
            )
        )
    names, taken = loaded.scored.items, number >= 0
    if unknown := [name for name in free if name not in names]:
        raise WrongUsage(
            tell(
                "{free}: {unknown} are not items of {loaded}",
                unknown=", ".join(unknown),
                loaded=loaded.name,
                free=option("free"),
            )
        )
    own = np.isin(np.array(names), free)
    if model == "3pl" and own.all():
        raise WrongUsage(
            tell("{free}: for the 3PL some items must be the same in all groups", free=option("free"))
        )
    found = fit_groups(loaded.scored.cells[taken], number[taken], model=model, free=own, prior_c=prior)
    told = notes(found.notes, names, values)
    fits = found.fits
    known = np.any([np.isfinite(fit.parameters.a) for fit in fits] or [np.zeros(len(names), bool)], axis=0)
    if known.sum() < _FEWEST:
        problems = [Problem(loaded.name, n["code"], n["message"], n["item"]) for n in told if n["item"]]
        message = tell(
            "{loaded}: fewer than {fewest} items can be estimated in every group",
            loaded=loaded.name,
            fewest=_FEWEST,
        )
        raise Refused(tell("{message}. The groups cannot be linked", message=message), problems)
    if own[known].all():
        message = tell("every item may differ, so each group has its own scale and means cannot be compared")
        told.append(note("no-common-items", message))
    else:
        answered = [
            (loaded.scored.cells[number == g] >= 0).any(axis=0) & known & ~own
            for g in range(int(number.max(initial=-1)) + 1)
        ]
        tied, left = answered[0].copy(), set(range(1, len(answered)))
        while near := [g for g in sorted(left) if (answered[g] & tied).sum() >= _FEWEST]:
            tied |= answered[near[0]]
            left.discard(near[0])
        if left:  # no chain of common items ties it to the first
            message = tell(
                "{loaded}: group {group} has fewer than {fewest} items in common with the "
                "others, so the scales cannot be linked",
                loaded=loaded.name,
                group=values[min(left)],
                fewest=_FEWEST,
            )
            raise Refused(message)
    penalty = float(np.log(max(found.n_candidates, 1))) * found.n_parameters
    sizes = np.bincount(number[taken], minlength=len(values))
    groups = [
        {
            "group": value,
            "n": int(sizes[g]),
            **{name: plain(getattr(fits[g], name)[0]) for name in ("mean", "sd", "se_mean", "se_sd")},
        }
        for g, value in enumerate(values)
    ]
    items: list[Document] = []
    for j, name in enumerate(names):
        for g in range(len(values)) if own[j] else (0,):
            row: Document = {"item": name, "group": values[g] if own[j] else None}
            for field in ("a", "b", "d", "c"):
                row[field] = plain(np.ravel(getattr(fits[g].parameters, field)[j])[0])
                row[f"se_{field}"] = plain(np.ravel(getattr(fits[g], f"se_{field}")[j])[0])
            items.append(row)
    return {
        "file": loaded.name,
        "sha256": loaded.sha256,
        "model": {
            "name": model,
            "log_likelihood": plain(found.log_likelihood),
            "n_parameters": found.n_parameters,
            "n_candidates": found.n_candidates,
            "aic": plain(2.0 * found.n_parameters - 2.0 * found.log_likelihood),
            "bic": plain(penalty - 2.0 * found.log_likelihood),
            "converged": found.converged,
            "iterations": found.iterations,
        },
        "groups": groups,
        "items": items,
        "notes": [*notices(loaded.notices), *without_group(group, int((~taken).sum())), *told],
    }
