"""What analyses found → plain values that JSON holds: numbers in full, and null for what is undefined."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from examgen.core.problems import Problem
from examgen.core.responses.matrix import Cells, Chosen
from examgen.core.words import Message, joined, tell, tell_n
from examgen.psychometrics.classical.flags import Flag
from examgen.psychometrics.classical.options import OptionStatistics
from examgen.psychometrics.key_alarm import Alarm
from examgen.stats.irt_models import PARTIAL_CREDIT, Fit, Note
from examgen.stats.results import Note as Coded
from examgen.stats.results import plain

Document = dict[str, Any]


def numbers(found: Any, *without: str) -> Document:
    """The single values of a result, by name."""
    fields = {name: value for name, value in found._asdict().items() if name not in without}
    return {
        name: plain(value)
        for name, value in fields.items()
        if not isinstance(value, (np.ndarray, tuple, list)) or isinstance(value, str)
    }


def rows(found: Any, n: int, *without: str) -> list[Document]:
    """A result's columns with one value for each of `n` items, as a row for each."""
    columns = {
        name.rstrip("_"): plain(value)
        for name, value in found._asdict().items()
        if isinstance(value, np.ndarray) and value.shape[:1] == (n,) and name not in without
    }
    return [{name: column[row] for name, column in columns.items()} for row in range(n)]


def option_rows(statistics: OptionStatistics, chosen: Chosen) -> list[Document]:
    """A row for each option, by the names of item and option; those who left it blank stand under null."""
    found = rows(statistics, len(statistics.item))
    for row in found:
        item, option = row["item"], row["option"]
        row |= {"item": chosen.items[item], "option": chosen.options[item][option] if option >= 0 else None}
        row |= {name: _whole(value) for name, value in row.items() if name.endswith("_n")}
    return found


def _whole(value: Any) -> Any:
    if isinstance(value, list):
        return [_whole(one) for one in value]
    return None if value is None else int(value)


def alarm_row(alarm: Alarm, chosen: Chosen) -> Document:
    """A key alarm by the names of item and options."""
    names = chosen.options[alarm.item]
    return {
        **{name: plain(value) for name, value in alarm._asdict().items() if name != "sentence"},
        "fifths_n": _whole(plain(alarm.fifths_n)),
        "item": chosen.items[alarm.item],
        "key": [names[place] for place in alarm.key],
        "suggested": None if alarm.suggested is None else names[alarm.suggested],
        "message": alarm.sentence,
    }


def flag_rows(found: Iterable[Flag], names: Sequence[str]) -> list[Document]:
    """Flags by the names of items."""
    return [flag_row(names[one.item], one) for one in found]


def flag_row(item: str, flag: Flag) -> Document:
    """A flag of an item."""
    return {
        "item": item,
        "code": flag.code,
        "option": flag.option,
        "message": flag.sentence,
        "message_th": flag.thai,
    }


def in_both(text: str) -> Message:
    """The sentence of a note of `examgen.stats` in both languages; any other message as it is."""
    if not isinstance(text, Coded):
        return text if isinstance(text, Message) else joined([text])
    values = {name: one for name, one in text.values.items() if not (text.many and name == "n")}
    if text.many:
        return tell_n(text.text, text.many, int(text.values["n"]), **values)
    return tell(text.text, **values)


def note(code: str, message: Message, item: str | None = None) -> Document:
    """What a reader of the document must know, of an item or of the whole."""
    return {"code": code, "item": item, "message": message}


def notes(found: Iterable[Note], items: Sequence[str], groups: Sequence[str] = ()) -> list[Document]:
    """Notes by the names of items and groups."""
    return [
        {
            "code": one.code,
            "item": None if one.item is None else items[one.item],
            "message": in_both(one.message)
            if one.group is None or not groups
            else tell("group `{group}`: {message}", group=groups[one.group], message=in_both(one.message)),
            "values": list(map(str, one.message.values.values()))
            if isinstance(one.message, Coded)
            else list(one.values),
        }
        for one in found
    ]


def notices(found: Iterable[Problem]) -> list[Document]:
    """Notices of how a file was read, in the form of notes."""
    return [note(one.code, one.message, one.item) for one in found]


def without_group(column: str, n: int) -> list[Document]:
    """A note on candidates whose group the file does not say, where there are any."""
    if not n:
        return []
    message = tell_n(
        "{n} candidate has no value in column {column} and is excluded",
        "{n} candidates have no value in column {column} and are excluded",
        n,
        column=column,
    )
    return [note("no-group", message)]


def fit_model(fit: Fit) -> Document:
    """The model of a fit, as the contract has it and more."""
    return {
        "name": fit.model,
        "log_likelihood": plain(fit.log_likelihood),
        "log_prior": plain(fit.log_prior),
        "n_parameters": fit.n_parameters,
        "n_candidates": fit.n_candidates,
        "aic": plain(fit.aic) if fit.n_candidates else None,
        "bic": plain(fit.bic) if fit.n_candidates else None,
        "converged": bool(fit.converged),
        "iterations": fit.iterations,
        "mean": plain(fit.mean),
        "sd": plain(fit.sd),
        "se_mean": plain(fit.se_mean),
        "se_sd": plain(fit.se_sd),
    }


def fit_items(fit: Fit, names: Sequence[str], cells: Cells | None = None) -> list[Document]:
    """The parameters of each item. With more than two categories `b` and `d` are lists, and `difficulty` is
    the mean of `b`; `scores` are those that the categories stand for, of `cells` (N, J) as they were read."""
    found = fit.parameters
    b = found.b
    out: list[Document] = []
    for j, name in enumerate(names):
        steps = np.flatnonzero(np.isfinite(found.d[j])) if found.d.shape[1] > 1 else np.arange(1)
        several = len(steps) > 1 or found.kind[j] == PARTIAL_CREDIT
        own = b[j, steps]
        row: Document = {"item": name, "a": plain(found.a[j])}
        if cells is not None:
            seen = np.unique(cells[:, j])
            row["scores"] = plain(seen[seen >= 0]) if np.isfinite(found.d[j]).any() else None
        for field, values in (("b", b), ("d", found.d), ("se_b", fit.se_b), ("se_d", fit.se_d)):
            row[field] = plain(values[j, steps]) if several else plain(values[j, 0])
        row |= {"c": plain(found.c[j]), "difficulty": plain(own.mean()) if len(own) else None}
        row |= {"se_a": plain(fit.se_a[j]), "se_c": plain(fit.se_c[j])}
        out.append(row)
    return out
