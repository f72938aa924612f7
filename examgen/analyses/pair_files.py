"""The files for comparing pairs of candidates, besides responses: pairs, abilities, parameters of options."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from examgen.analyses.documents import Document
from examgen.capture.response_files import option_name
from examgen.capture.tabular.coded_columns import read_coded
from examgen.core.candidate_numbers import canonical_number, writing_of
from examgen.core.problems import Problem, Refused, WrongUsage
from examgen.core.storage import read_input
from examgen.core.words import Message, option, tell, tell_n
from examgen.psychometrics.copying.answers import (
    Bools,
    ChoiceModel,
    ChosenOptions,
    Floats,
    logistic_model,
    nominal_model,
)
from examgen.psychometrics.copying.matches import CandidatePairs

_SHOWN = 20
_FORMULA = tuple("=+-@")


class _ModelRows:
    """A table whose columns are read by name.

    Raises WrongUsage if there is no file, Refused if a `needed` column and all its alternatives (`either`)
    are missing.
    """

    def __init__(self, path: Path, needed: Sequence[str], either: Mapping[str, Sequence[str]]) -> None:
        if not path.is_file():
            raise WrongUsage(tell("{path} is not a file", path=path))
        self.name = path.name
        self.table = read_coded(path.name, read_input(path))
        self.columns = {column.name.lower(): column for column in self.table.columns}
        for name, others in either.items():
            for other in others:
                if name not in self.columns and other in self.columns:
                    self.columns[name] = self.columns[other]
        lacking = [name for name in needed if name not in self.columns]
        if lacking:
            message = tell("requires the columns {needed}", needed=", ".join(needed))
            raise Refused(
                tell("{path} {message}", path=path.name, message=message),
                [Problem(path.name, "columns-missing", message)],
            )
        self.problems: list[Problem] = []

    def text(self, column: str, row: int) -> str:
        """A cell, without the apostrophe that our files add so that spreadsheets do not run a formula."""
        own = self.columns[column]
        text = str(own.texts[own.codes[row]])
        return text[1:] if text[:1] == "'" and text[1:2] in _FORMULA else text

    def number(self, column: str, row: int, most: float = 100.0) -> float:
        """A number from -`most` to `most`; for anything else NaN, with a problem."""
        text = self.text(column, row)
        try:
            value = float(text)
        except ValueError:
            value = np.nan
        if not abs(value) <= most:
            self.fault(
                row,
                column,
                tell("`{text}` is not a number from -{most:g} to {most:g}", text=text[:40], most=most),
            )
            return float("nan")
        return value

    def fault(self, row: int, field: str, message: Message) -> None:
        where = f"{self.name}:{self.table.lines[row]}"
        self.problems.append(Problem(where, "bad-line", message, field=field))

    def end(self) -> None:
        """Raises Refused if there was a fault."""
        if self.problems:
            n = len(self.problems)
            raise Refused(
                tell_n("{name} has {n} error", "{name} has {n} errors", n, name=self.name),
                self.problems[:_SHOWN],
            )


def read_pairs(path: Path, candidates: Sequence[str]) -> CandidatePairs:
    """The pairs of a file with columns `source` and `copier`, both ids of candidates.

    Raises Refused for ids that are not among `candidates`, for a pair of one candidate, and without any pair.
    """
    rows = _ModelRows(path, ("source", "copier"), {})
    place: dict[str, int] = {}
    twice = set()
    for n, name in enumerate(candidates):
        if place.setdefault(name, n) != n:
            twice.add(name)
    writing = writing_of(place)
    found: dict[str, list[int]] = {"source": [], "copier": []}
    for row in range(rows.table.n_rows):
        for end, places in found.items():
            name = writing(rows.text(end, row))
            if name not in place:
                rows.fault(row, end, tell("`{name}` is not a candidate of the responses", name=name[:40]))
            elif name in twice:
                rows.fault(row, end, tell("`{name}` is on several rows of the responses", name=name[:40]))
            places.append(place.get(name, -1))
        if found["source"][-1] == found["copier"][-1] >= 0:
            rows.fault(row, "copier", tell("source and copier are the same candidate"))
    rows.end()
    if not rows.table.n_rows:
        raise Refused(tell("{path} contains no pairs", path=path.name))
    return CandidatePairs(*(np.array(found[end], dtype=np.int64) for end in ("source", "copier")))


def read_abilities(path: Path, candidates: Sequence[str], theta: Floats) -> tuple[Floats, list[Document]]:
    """The abilities (N,) from a file with columns `candidate_id` (or `id`) and `theta`, and a note.

    Candidates who are not in the file keep their estimate in `theta` (N,), which the note says. Raises
    Refused if the file has none of the candidates.
    """
    rows = _ModelRows(
        path,
        ("candidate_id", "theta"),
        {"candidate_id": ("id", "candidate"), "theta": ("ability", "map", "eap")},
    )
    known = {
        canonical_number(rows.text("candidate_id", n)): rows.number("theta", n)
        for n in range(rows.table.n_rows)
    }
    rows.end()
    numbers = list(map(canonical_number, candidates))
    out = np.array([known.get(number, own) for number, own in zip(numbers, theta, strict=True)])
    n_left = sum(number not in known for number in numbers)
    if n_left == len(candidates):
        raise Refused(tell("{path} contains no candidates of the responses", path=path.name))
    if not n_left:
        return out, []
    message = tell(
        "{n} of {n_candidates} candidates are not in {path}. Their ability is estimated from "
        "the answers", n=n_left,
        n_candidates=len(candidates), path=path.name,
    )  # fmt: skip
    return out, [{"code": "abilities-estimated", "item": None, "message": message}]


def read_models(
    path: Path, items: Sequence[str], answers: ChosenOptions, options: Sequence[Sequence[str]]
) -> tuple[ChosenOptions, ChoiceModel, Bools]:
    """Known parameters from a file.

    Its columns are `item`, `option`, `a`, `c` of the nominal response model, or, for answers that are right
    or wrong, `item`, `a`, `b` and optionally the lower asymptote `c`. Returns the answers, with the options
    that only the parameters have, the model, and which items have parameters.
    """
    if [list(names) for names in options] == [["0", "1"]] * len(items):
        rows = _ModelRows(path, ("item", "a", "b"), {"c": ("g",)})
        if "option" in rows.columns:
            raise WrongUsage(
                tell(
                    "{path} has parameters of options. Remove {model} 2pl",
                    path=path.name,
                    model=option("model"),
                )
            )
        values = np.full((len(items), 3), np.nan)
        place = {name: n for n, name in enumerate(items)}
        for row in range(rows.table.n_rows):
            if (n := place.get(rows.text("item", row))) is not None:
                values[n, :2] = rows.number("a", row), rows.number("b", row)
                lower = rows.number("c", row, 1.0) if "c" in rows.columns and rows.text("c", row) else 0.0
                if not 0 <= lower < 1:
                    rows.fault(row, "c", tell("a lower asymptote must be a number from 0 to below 1"))
                values[n, 2] = lower
        rows.end()
        return answers, logistic_model(*np.nan_to_num(values).T), np.isfinite(values).all(axis=1)
    rows = _ModelRows(path, ("item", "option", "a", "c"), {})
    names = [list(own) for own in options]
    place = {name: n for n, name in enumerate(items)}
    found: dict[tuple[int, int], tuple[float, float]] = {}
    for row in range(rows.table.n_rows):
        if (n := place.get(rows.text("item", row))) is not None:
            chosen = option_name(rows.text("option", row))
            if chosen not in names[n]:
                names[n].append(chosen)
            found[n, names[n].index(chosen)] = rows.number("a", row), rows.number("c", row)
    width = max(map(len, names))
    a, c = np.full((2, len(items), width), np.nan)
    for at, pair in found.items():
        a[at], c[at] = pair
    used = np.isfinite(a).any(axis=1)
    for n in np.flatnonzero(used).tolist():
        seen = np.unique(answers.cells[answers.cells[:, n] >= 0, n]).tolist()
        if lacking := [names[n][k] for k in seen if not np.isfinite(a[n, k])]:
            message = tell(
                "{item}: option {lacking} was chosen but has no parameters",
                item=items[n],
                lacking=", ".join(lacking),
            )
            rows.problems.append(Problem(path.name, "option-without-parameters", message, items[n]))
    rows.end()
    right = np.pad(answers.right, ((0, 0), (0, max(width - answers.right.shape[1], 0))))
    return ChosenOptions(answers.cells, right), nominal_model(a, c), used
