"""Text files of Blackboard: a question a line, its fields parted by tabs, no headings.

References
----------
Blackboard Help, "Upload Questions": file format guidelines.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from examgen.core.words import tell
from examgen.interchange import markup, weights
from examgen.interchange.questions import Choice, Kind, Question, Reading, SetAside
from examgen.interchange.tables.columns import Row

_BLACKBOARD = frozenset(
    [
        "MC",
        "MA",
        "TF",
        "ESS",
        "ORD",
        "MAT",
        "FIB",
        "FIB_PLUS",
        "FIL",
        "NUM",
        "SR",
        "OP",
        "JUMBLED_SENTENCE",
        "QUIZ_BOWL",
    ]
)


def is_blackboard(rows: Sequence[Row]) -> bool:
    """Whether rows are those of a text file of Blackboard: no headings, the kind in front."""
    filled = [row for row in rows if any(cell.strip() for cell in row.cells)]
    return bool(filled) and all(row.cells[0].strip().lstrip("\ufeff") in _BLACKBOARD for row in filled)


def read_blackboard(rows: Iterable[Row], name: str, reading: Reading) -> None:
    """Reads the rows of a text file of Blackboard: `MC`, `MA`, `TF`; others are set aside."""
    for row in rows:
        cells = [cell.strip() for cell in row.cells]
        while cells and not cells[-1]:
            cells.pop()
        if not cells:
            continue
        source = f"{name}:{row.line}"
        found = _of_blackboard(cells, source)
        (reading.questions if isinstance(found, Question) else reading.set_aside).append(found)  # type: ignore[arg-type]


def _of_blackboard(cells: Sequence[str], source: str) -> Question | SetAside:
    kind, stem, *rest = [*cells, ""] if len(cells) == 1 else cells
    title = stem if len(stem) <= 60 else stem[:59] + "…"
    if kind == "TF" and [one.casefold() for one in rest] in (["true"], ["false"]):
        pairs = [(word, word.casefold() == rest[0].casefold()) for word in ("True", "False")]
    elif (
        kind in ("MC", "MA")
        and len(rest) % 2 == 0
        and set(map(str.casefold, rest[1::2])) <= {"correct", "incorrect"}
    ):
        pairs = [
            (text, said.casefold() == "correct") for text, said in zip(rest[::2], rest[1::2], strict=True)
        ]
    elif kind in ("MC", "MA", "TF"):
        message = tell("its answers are not pairs of a text and `correct` or `incorrect`")
        return SetAside(source, kind, message, title)
    else:
        message = tell("is a question of the type {kind}, not multiple choice", kind=kind)
        return SetAside(source, kind, message, title)
    kinds: dict[str, Kind] = {"MC": "single", "MA": "multiple", "TF": "truefalse"}
    if kind == "MC" and sum(right for _, right in pairs) > 1:
        n = sum(right for _, right in pairs)
        return SetAside(source, kind, tell("is of one answer, and its key names {n} options", n=n), title)
    return weights.with_concerns(
        Question(
            id=source,
            source=source,
            kind=kinds[kind],
            stem=markup.from_html(stem),
            choices=tuple(Choice(markup.from_html(text, None, "lines"), right) for text, right in pairs),
        )
    )
