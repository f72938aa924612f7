"""Responses that contradict each other: items, files and keys that cannot all be right. All analyses ask."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import numpy as np

from examgen.stats.arguments import shown
from examgen.stats.checklists import KEY_ROWS
from examgen.stats.distributions import fisher
from examgen.stats.matrix import Bools, Chosen, Floats
from examgen.stats.plain_text import plain_text
from examgen.stats.response_data import Responses
from examgen.stats.results import Argument, Note, sentences

_SURELY = 3.0
"""Standard errors; what is farther off is not by chance."""
_FEW, _ENOUGH, _MOST_ITEMS = 6, 30, 500
"""Items and persons at least of which difficulties are compared; items at most of which correlations are."""
_HIGH, _LITTLE = 0.9, 0.5
"""Reliability of difficulties that are compared, and the correlation below which they contradict."""
_LEAST_SHARE = 0.2
"""Of the items, which go against all others together."""
_SHIFTED, _OWN = 0.7, 0.4
"""Shares of items whose most chosen option is the key of the next item, at least, and their own, at most."""
_LEVELS = 13
_KEY_NAMES = frozenset(map(plain_text, KEY_ROWS))
"""Names of a row that is the key, as `plain_text` writes them."""
TEXTS: dict[str, str] = {
    "reversed.half": "{items}: candidates with more points on these items have fewer on the others "
    "({others}). Check the keys, or the direction of the scales, of these or those",
    "reversed.file": "{items}: candidates in file {file} with more points on the other items have fewer on "
    "[it|these], unlike those in other files. Check [its key|their keys] in that file",
    "files-unlike": "file {file} has {n} items of the other files, and those that are difficult there are "
    "not difficult in the others (correlation of difficulties {r:.2f}). Check that the same name is "
    "the same item in every file, scored in the same direction",
    "key-shifted.next": "for {n} of {of} items the option chosen most often is the key of the next item, and "
    "for {own} it is the item's own key. Check whether the key is shifted by one item",
    "key-shifted.previous": "for {n} of {of} items the option chosen most often is the key of the previous "
    "item, and for {own} it is the item's own key. Check whether the key is shifted by one item",
    "key-as-person": "{person} has every item right and counts as a candidate. Leave the row out if it is "
    "the key",
    "is-pass-mark.grade": "{items} rises only with the points on the other items, in {n} steps. If it is a "
    "grade made from them, leave it out with {argument}",
}
"""The messages by code, which ends before a dot; a pair holds the singular and the plural."""
note = sentences(TEXTS)


def contradictions(of: Responses) -> Iterator[Note]:
    """Yield notes on items, files, keys and rows that contradict the others."""
    yield from _files_unlike(of)
    yield from _grades(of)
    if of.choices is not None and not of.starts[1:]:
        yield from _key_shifted(of.choices)
    name = str(of.persons[0]) if of.n_persons else ""
    first = of.cells[0] if of.n_persons else np.zeros(0)
    if plain_text(name) in _KEY_NAMES and of.n_items > 1 and (first == of.greatest).all():
        yield note("key-as-person", person=name)


def reversed_halves(of: Responses) -> Iterator[Note]:
    """Yield a note if a good part of the items goes against all others, so that none is seen to go against
    the sum of all."""
    if not _FEW <= of.n_items <= _MOST_ITEMS or of.n_persons < _ENOUGH:
        return
    scores = _standardised(of)
    live: Bools = np.asarray(scores.any(axis=0))
    if np.count_nonzero(live) < _FEW:
        return
    scores = scores[:, live]
    names = [name for name, is_live in zip(of.items, live.tolist(), strict=True) if is_live]
    _, vectors = np.linalg.eigh(scores.T @ scores / len(scores))
    sign = np.where(vectors[:, -1] < 0, -1.0, 1.0)
    sign *= 1.0 if sign.sum() >= 0 else -1.0
    turned = scores * sign
    rest = turned.sum(axis=1, keepdims=True) - turned
    r = (turned * rest).mean(axis=0) / np.maximum(turned.std(axis=0) * rest.std(axis=0), 1e-12)
    sure = np.arctanh(np.clip(r, -0.999, 0.999)) * np.sqrt(len(scores) - 3) > _SURELY
    against = sure & (sign < 0)
    both = np.corrcoef(scores @ (sign < 0), scores @ (sign > 0))[0, 1] if against.any() else 0.0
    is_sure = np.arctanh(max(both, -0.999)) * np.sqrt(len(scores) - 3) < -_SURELY
    if is_sure and np.count_nonzero(against) >= max(2.0, _LEAST_SHARE * len(sign)):
        named = [name for name, one in zip(names, (sign < 0).tolist(), strict=True) if one]
        others = [name for name in names if name not in named]
        yield note("reversed.half", items=shown(named), others=shown(others))


def reversed_in_files(of: Responses, with_rest: Floats) -> Iterator[Note]:
    """Yield a note on items that surely go against the others in one of several files, and with them in the
    rest.

    Parameters
    ----------
    with_rest : (files, J) z of the correlation with the other items, by file
    """
    for n, own in enumerate(with_rest, start=1):
        others = np.delete(with_rest, n - 1, axis=0)
        if some := np.flatnonzero((own < -_SURELY) & (others > _SURELY).any(axis=0)).tolist():
            yield note("reversed.file", n=len(some), items=shown([of.items[j] for j in some]), file=n)


def _standardised(of: Responses) -> Floats:
    """(N, J) scores with mean 0 and standard deviation 1; 0 where there is none."""
    there = of.cells >= 0
    counts = np.maximum(there.sum(axis=0), 1)
    points = np.where(there, of.cells, 0).astype(np.float64)
    apart = np.where(there, points - points.sum(axis=0) / counts, 0.0)
    sd = np.sqrt(np.square(apart).mean(axis=0))
    return np.asarray(np.where(sd > 0, apart / np.where(sd > 0, sd, 1.0), 0.0))


def _difficulties(of: Responses, rows: Bools) -> tuple[Floats, Floats]:
    """(J,) logits of the shares of points among some persons, and their squared errors; NaN of few."""
    part, most = of.cells[rows], of.greatest
    there = part >= 0
    n = there.sum(axis=0)
    share = (np.where(there, part, 0).sum(axis=0, dtype=np.float64) + 0.5) / (n * most + 1.0)
    logit, error = np.log(share / (1 - share)), 1 / (np.maximum(n, 1) * share * (1 - share))
    return np.where(n >= _ENOUGH, logit, np.nan), error


def _files_unlike(of: Responses) -> Iterator[Note]:
    """That items have other difficulties in one file than in the others together."""
    ends = [*of.starts[1:], of.n_persons]
    for n, (start, end) in enumerate(zip(of.starts, ends, strict=True) if of.starts[1:] else (), start=1):
        if len(of.starts) == 2 and n == 1:
            continue
        rows = np.arange(of.n_persons)
        here = (rows >= start) & (rows < end)
        (x, of_x), (y, of_y) = _difficulties(of, here), _difficulties(of, ~here)
        both = np.isfinite(x) & np.isfinite(y)
        if both.sum() < _FEW or min(x[both].std(), y[both].std()) == 0:
            continue
        reliability = [1 - error[both].mean() / one[both].var() for one, error in ((x, of_x), (y, of_y))]
        r = float(np.corrcoef(x[both], y[both])[0, 1])
        high = fisher(np.array(np.clip(r, -0.999, 0.999)), np.array(both.sum()))[1]
        if min(reliability) > _HIGH and high < _LITTLE:
            yield note("files-unlike", n=int(both.sum()), file=n, r=r)


def _grades(of: Responses) -> Iterator[Note]:
    """That a column of several steps tells only how many points there are on the others."""
    if of.unit > 1 or of.n_items < _FEW or (of.cells < 0).any():
        return
    totals = of.cells.sum(axis=1, dtype=np.int64)
    for j in np.flatnonzero(of.greatest > 1).tolist():
        own = of.cells[:, j]
        steps, place, counts = np.unique(own, return_inverse=True, return_counts=True)
        rest = totals - own
        if not 2 < len(steps) <= _LEVELS or np.sort(counts)[-2] < _FEW or len(rest) < _ENOUGH:
            continue
        ends = [(rest[place == k].min(), rest[place == k].max()) for k in range(len(steps))]
        is_apart = all(low[1] < high[0] for low, high in pairwise(ends))
        if is_apart and len(np.unique(rest)) > len(steps):
            yield note("is-pass-mark.grade", items=of.items[j], n=len(steps), argument=Argument("exclude"))


def _key_shifted(chosen: Chosen) -> Iterator[Note]:
    """That most items have the key of the item beside them."""
    if len(chosen.items) < _FEW + 2 or len(chosen.cells) < _ENOUGH:
        return
    liked, keys = list[str](), list[set[str]]()
    for cells, options, key in zip(chosen.cells.T, chosen.options, chosen.keys, strict=True):
        counts = np.bincount(cells[cells >= 0], minlength=max(len(options), 1))
        liked.append(options[int(counts.argmax())] if counts.any() else "")
        keys.append({options[k] for k in key})
    n = len(keys)
    own, following, before = (sum(liked[j] in keys[(j + step) % n] for j in range(n)) for step in (0, 1, -1))
    name, most = ("next", following) if following >= before else ("previous", before)
    if most >= _SHIFTED * n and own <= _OWN * n:
        yield note(f"key-shifted.{name}", n=most, of=n, own=own)
