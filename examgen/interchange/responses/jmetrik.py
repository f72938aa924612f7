"""A sheet → a table that jMetrik imports, and the command by which it is scored.

The table is CSV with a header, ASCII without a byte order mark, names of letters, digits and `_`. A command
is `scoring{ data(db = …, table = …); keys(2); key1(options = (A,B), scores = (1,0), variables = (q1)); … }`,
with a key for each way of scoring, a hundred of them at most.

References
----------
jMetrik 4, `com.itemanalysis.jmetrik.scoring.ScoringCommand` and `…commandbuilder.PairedOptionList`, the
source that reads such commands (github.com/meyerjp3/jmetrik).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from examgen.core.words import Message, tell
from examgen.interchange.responses.coded import (
    INVALID,
    NOT_GIVEN,
    NOT_REACHED,
    OMITTED,
    Coded,
    told_of,
)
from examgen.interchange.responses.sheet import (
    ResponseFiles,
    ResponseSheet,
    differences,
    file_name,
    plain_names,
)

DATABASE = "examgen"
_MOST_KEYS = 100
_NOT_IN_NAMES = r"[^A-Za-z0-9_]+"


def write(sheets: Mapping[str, ResponseSheet], book: Mapping[str, Coded]) -> ResponseFiles:
    """Files for each form: `responses` and `scoring`."""
    files: dict[str, bytes] = {}
    told: list[Message] = []
    for form, sheet in sheets.items():
        of = book[form]
        # of at most 29 letters, for one more may stand before them
        labels = plain_names((one.label for one in of.items), _NOT_IN_NAMES, 29)
        names = [f"q{name}" if not name[0].isalpha() else name for name in labels]
        rows = [",".join(["candidate_id", "form", *names])]
        for label, of_form, row in zip(of.persons.labels, sheet.forms, of.rows, strict=True):
            # ids of digits are led by a letter, or they would be numbers without their zeros
            who = f"c{label}" if label[0].isdigit() else label
            at = plain_names([of_form], _NOT_IN_NAMES)[0]
            rows.append(",".join([who, at, *("" if one == NOT_GIVEN else one for one in row)]))
        files[file_name("responses", form, "csv")] = "".join(f"{row}\n" for row in rows).encode("ascii")
        table = file_name("responses", form, "csv").removesuffix(".csv").replace("-", "_")
        files[file_name("scoring", form, "jmk")] = "\n".join(_commands(of, names, table)).encode("ascii")
        told += [*told_of(of), *differences(sheet)]
        if any(NOT_GIVEN in row for row in of.rows):
            told.append(
                tell(
                    "jMetrik counts missing responses as 0 in its item analysis: take candidates of one form"
                )
            )
    return ResponseFiles(files, tuple(dict.fromkeys(told)))


def _commands(of: Coded, names: list[str], table: str) -> Iterator[str]:
    """A command for every hundred ways of scoring; items that count for nobody are not scored."""
    ways: dict[tuple[str, str], list[str]] = {}
    for one, name in zip(of.items, names, strict=True):
        if one.item.counts:
            codes = [*one.letters, INVALID]
            scores = ",".join(str(int(code in one.right)) for code in codes)
            ways.setdefault((",".join(codes), scores), []).append(name)
    listed = list(ways.items())
    for start in range(0, len(listed), _MOST_KEYS):
        part = listed[start : start + _MOST_KEYS]
        yield "scoring{"
        yield f"     data(db = {DATABASE}, table = {table});"
        yield f"     keys({len(part)});"
        for n, ((options, scores), variables) in enumerate(part, 1):
            names_of = ",".join(variables)
            scored = f"options = ({options}), scores = ({scores}), variables = ({names_of})"
            yield f"     key{n}({scored}, omit = {OMITTED}, nr = {NOT_REACHED});"
        yield "}\n"
