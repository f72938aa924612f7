"""Table of a response file → `Scored` or `Chosen`: the matrix that item analysis takes.

The column `candidate_id`, `id`, `person` or `person_id`, or else the first, names the candidate; every other
column is an item, unless it was excluded or numbers the rows. A table with `item` and `resp` beside such a
column is long: a row for each response, and the other columns belong to the candidate. A blank is missing.
Columns that are not items are named by the user, never guessed: a text in a file of scores is refused with
its line. Options are compared as files write them, and a key is refused that does not speak of the options of
the cells.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from string import ascii_uppercase, digits
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from examgen.core.problems import Problem, Refused, WrongUsage
from examgen.core.tables.coded import CodedColumn, CodedTable, read_coded
from examgen.core.text.characters import LETTERS, THAI_LETTERS
from examgen.core.words import command, option, tell, tell_n
from examgen.stats.arguments import BLANK_WORDS
from examgen.stats.matrix import NOT_ADMINISTERED, OMITTED, Cells, Chosen, Scored
from examgen.stats.plain_text import plain_text

NUMBER = re.compile(r"([0-9]{1,3})(?:[.,]0*)?")
_HALF = re.compile(r"([0-9]{1,2})?[.,]50*")
MOST_OPTIONS = 100
_LATIN = dict(zip(THAI_LETTERS, LETTERS, strict=True))
_ENOUGH = 10
"""Answers to an item after which somebody should have been right, were the key its own."""
_NAMES_SHOWN = 3
ELSEWHERE = "\x00elsewhere"
"""The cell of an item that the candidate's file has not."""
_WORDS = {"true": 1, "false": 0}
_CANDIDATE = ("candidateid", "id", "person", "personid")
"""Heads of the column that names the candidates, folded; the first that is there."""
_ROWS = ("rownames", "unnamed:0", "indexlevel0")
"""Heads that programs write over the names of rows, folded; the first is what such a column without one is
called."""
_SHOWN = 20
"""Faulty cells of a column that are told one by one."""

Key = Mapping[str, frozenset[str]]
"""The right options of each item, folded."""
Missing = Mapping[str, int]
"""Cells that stand for a kind of nothing, as the user named them: `9` → NOT_ADMINISTERED."""


class ResponseTable(NamedTuple):
    """The columns of a response file by what they are."""

    name: str
    table: CodedTable
    candidate: CodedColumn
    items: tuple[CodedColumn, ...]
    others: dict[str, CodedColumn]
    """The excluded columns, by name."""
    parts: tuple[tuple[int, str], ...] = ()
    """Where several files were pooled: the first row of each, and its name."""
    cell_lines: Mapping[str, NDArray[np.int64]] = {}
    """Of a long table the line of each candidate's response, by item; 0 where there is none."""
    notices: tuple[Problem, ...] = ()
    """What a person should know of how it was read."""

    def where(self, row: int, item: str = "") -> str:
        """File and line of a row, or of its cell of an item."""
        name = self.name
        for first, part in self.parts:
            name = part if first <= row else name
        own = int(self.cell_lines[item][row]) if item in self.cell_lines else 0
        return f"{name}:{own or self.table.lines[row]}"


def read_responses(name: str, data: bytes, exclude: Sequence[str] = ()) -> ResponseTable:
    """The columns of a file; raises WrongUsage for an excluded column that it has not."""
    table = read_coded(name, data, first=_ROWS[0])
    columns = {column.name: column for column in table.columns}
    if unknown := [wanted for wanted in exclude if wanted not in columns]:
        shown = ", ".join(list(columns)[:12]) + (" …" if len(columns) > 12 else "")
        raise WrongUsage(
            tell(
                "{name} has no column {unknown}. Its columns: {shown}",
                name=name,
                unknown=", ".join(unknown),
                shown=shown,
            )
        )
    folded = {plain_text(column.name): column for column in reversed(table.columns)}
    named = next((folded[name] for name in _CANDIDATE if name in folded), None)
    first = table.columns[0]
    numbered = not named and (first.name in exclude or _is_item(first, table.columns[1:]))
    candidate = _rows_numbered(table.n_rows) if numbered else named or first
    if candidate.name in exclude:
        raise WrongUsage(
            tell(
                "{candidate} contains the candidate numbers, so it is never an item", candidate=candidate.name
            )
        )
    if named and "item" in folded and "resp" in folded:
        return _widened(name, table, named, folded["item"], folded["resp"])
    notices = [] if named else [_numbered(name, first) if numbered else _first_names(name, first)]
    others = {wanted: columns[wanted] for wanted in exclude}
    numbers_rows = plain_text(first.name) in _ROWS and len(set(first.codes.tolist())) == table.n_rows
    if numbers_rows and first is not candidate and first.name not in others:
        others[first.name] = first
        message = tell("the column {column} contains row numbers, so it is not an item", column=first.name)
        notices.append(Problem(name, "column-of-rows", message, field=first.name, severity="notice"))
    items = tuple(c for c in table.columns if c is not candidate and c.name not in others)
    if not items:
        message = tell("has no columns of answers besides the candidates and the excluded columns")
        raise Refused(
            tell("{name} {message}", name=name, message=message), [Problem(name, "no-items", message)]
        )
    return ResponseTable(name, table, candidate, items, others, notices=tuple(notices))


def _rows_numbered(n: int) -> CodedColumn:
    """Names of candidates where nothing names them: 1, 2 …"""
    return CodedColumn("id", tuple(map(str, range(1, n + 1))), np.arange(n, dtype=np.int32))


def _numbered(name: str, first: CodedColumn) -> Problem:
    message = tell("no column identifies the candidates, so they are numbered by row, starting at 1")
    return Problem(name, "rows-numbered", message, field=first.name, severity="notice")


def _is_item(first: CodedColumn, rest: Sequence[CodedColumn]) -> bool:
    """Whether a first column is one of the items: it is called as the next one but for a number (`q1`, `q2`),
    or holds the scores that the others hold."""
    if rest and are_numbered(first.name, rest[0].name):
        return True
    if len(first.texts) == len(first.codes):
        return False
    scores = [_score(text, {}) for text in first.texts]
    if None in scores or max((one or 0 for one in scores), default=0) <= 0:
        return False
    others = [_score(text, {}) for column in rest for text in column.texts]
    return max(one or 0 for one in scores) <= max((one or 0 for one in others), default=0)


def are_numbered(name: str, other: str) -> bool:
    """Whether two columns are called alike but for a number at the end: `q1`, `q2`."""
    heads = [re.fullmatch(r"(.*?)[0-9]+", plain_text(one)) for one in (name, other)]
    return heads[0] is not None and heads[1] is not None and heads[0][1] == heads[1][1]


def _first_names(name: str, first: CodedColumn) -> Problem:
    """The notice that the first column names the candidates; raises Refused where it holds scores."""
    texts = [first.texts[code] for code in np.unique(first.codes).tolist()]
    scores = [_score(text, {}) for text in texts]
    if len(texts) < len(first.codes) and None not in scores and max(one or 0 for one in scores) > 0:
        message = tell(
            "the first column, {column}, could identify the candidates, but its numbers repeat. "
            "Add a column {id} that identifies them, or exclude the first column with {exclude} "
            "{column}",
            column=first.name,
            id="`id`",
            exclude=option("exclude"),
        )
        raise Refused(
            tell("{name}: {message}", name=name, message=message),
            [Problem(name, "no-candidate-column", message, field=first.name)],
        )
    message = tell(
        "the first column, {column}, identifies the candidates, so it is not an item", column=first.name
    )
    return Problem(name, "first-column-names", message, field=first.name, severity="notice")


def _widened(
    name: str, table: CodedTable, candidate: CodedColumn, item: CodedColumn, resp: CodedColumn
) -> ResponseTable:
    """A long table as a row for each candidate and a column for each item.

    Raises Refused for rows without a candidate or an item, and for several responses to one item.
    """
    lines = np.asarray(table.lines, dtype=np.int64)
    nobody = np.array([not text for text in candidate.texts], dtype=np.bool_)[candidate.codes]
    nothing = np.array([not text for text in item.texts], dtype=np.bool_)[item.codes]
    message = tell("has no candidate or no item. Write both")
    problems = [
        Problem(f"{name}:{lines[row]}", "response-of-nobody", message)
        for row in np.flatnonzero(nobody | nothing)[:_SHOWN].tolist()
    ]
    cell = candidate.codes.astype(np.int64) * len(item.texts) + item.codes
    _, once, place = np.unique(cell, return_index=True, return_inverse=True)
    for row in np.setdiff1d(np.arange(len(cell)), once)[:_SHOWN].tolist():
        names = {"candidate": candidate.texts[candidate.codes[row]], "item": item.texts[item.codes[row]]}
        message = tell("{candidate} already has this response to {item}. Keep one row for each", **names)
        if resp.codes[row] != resp.codes[once[place[row]]]:
            message = tell(
                "{candidate} already has a different response to {item}. Keep one row for each", **names
            )
        problems.append(Problem(f"{name}:{lines[row]}", "response-twice", message))
    if problems:
        raise Refused(
            tell_n(
                "{name} cannot be read: {n} error",
                "{name} cannot be read: {n} errors",
                len(problems),
                name=name,
            ),
            problems,
        )
    n = len(candidate.texts)
    first = np.unique(candidate.codes, return_index=True)[1]
    columns, cell_lines = [], {}
    for place, one in enumerate(item.texts):
        rows = np.flatnonzero(item.codes == place)
        own, codes = np.unique(resp.codes[rows], return_inverse=True)
        found = np.full(n, len(own), dtype=np.int32)
        found[candidate.codes[rows]] = codes
        columns.append(CodedColumn(one, (*(resp.texts[code] for code in own.tolist()), ELSEWHERE), found))
        cell_lines[one] = np.zeros(n, dtype=np.int64)
        cell_lines[one][candidate.codes[rows]] = lines[rows]
    beside = [one for one in table.columns if one not in (candidate, item, resp)]
    others = {one.name: one._replace(codes=one.codes[first]) for one in beside}
    who = candidate._replace(codes=np.arange(n, dtype=np.int32))
    wide = CodedTable(table.label, (who, *columns), lines[first])
    return ResponseTable(name, wide, who, tuple(columns), others, cell_lines=cell_lines)


def pooled(tables: Sequence[ResponseTable]) -> ResponseTable:
    """Several files as one: the candidates of each, and the items of all by their names.

    An item that a file has not was not administered there, which `ELSEWHERE` says in its cells.
    """
    if len(tables) == 1:
        return tables[0]
    names = tuple(dict.fromkeys(column.name for table in tables for column in table.items))
    others = tuple(dict.fromkeys(name for table in tables for name in table.others))
    n_rows = [table.table.n_rows for table in tables]
    lines = np.concatenate([np.asarray(table.table.lines, dtype=np.int64) for table in tables])
    items = [{column.name: column for column in table.items} for table in tables]
    candidate = _joined("candidate_id", [table.candidate for table in tables], n_rows)
    columns = tuple(_joined(name, [own.get(name) for own in items], n_rows) for name in names)
    asides = {name: _joined(name, [table.others.get(name) for table in tables], n_rows) for name in others}
    cell_lines = {
        item: np.concatenate(
            [
                table.cell_lines.get(item, np.zeros(n, dtype=np.int64))
                for table, n in zip(tables, n_rows, strict=True)
            ]
        )
        for item in dict.fromkeys(item for table in tables for item in table.cell_lines)
    }
    label = " + ".join(table.table.label for table in tables)
    firsts = np.cumsum([0, *n_rows[:-1]]).tolist()
    return ResponseTable(
        " + ".join(table.name for table in tables),
        CodedTable(label, (candidate, *columns), lines),
        candidate,
        columns,
        asides,
        tuple(zip(firsts, (table.name for table in tables), strict=True)),
        cell_lines,
        tuple(notice for table in tables for notice in table.notices),
    )


def pooled_notice(table: ResponseTable) -> tuple[Problem, ...]:
    """That files were pooled, and how many candidates each has; nothing of one file."""
    if not table.parts:
        return ()
    ends = [*(first for first, _ in table.parts[1:]), table.table.n_rows]
    files = ", ".join(
        f"{name} ({end - first:,})" for (first, name), end in zip(table.parts, ends, strict=True)
    )
    message = tell("the files are combined by the names of their items: {files}", files=files)
    return (Problem(table.name, "files-pooled", message, severity="notice"),)


def _joined(name: str, columns: Sequence[CodedColumn | None], n_rows: Sequence[int]) -> CodedColumn:
    numbers: dict[str, int] = {}
    codes = []
    for column, n in zip(columns, n_rows, strict=True):
        texts = (ELSEWHERE,) if column is None else column.texts
        own = np.array([numbers.setdefault(text, len(numbers)) for text in texts], dtype=np.int32)
        codes.append(np.full(n, own[0]) if column is None else own[column.codes])
    spaced = dict.fromkeys(text for column in columns if column is not None for text in column.spaced)
    return CodedColumn(name, tuple(numbers), np.concatenate(codes).astype(np.int32), tuple(spaced))


def candidates_of(table: ResponseTable) -> tuple[str, ...]:
    """The ids of the candidates, row by row."""
    texts = table.candidate.texts
    return tuple(texts[code] for code in table.candidate.codes)


def groups_of(table: ResponseTable, column: str) -> tuple[tuple[str, ...], NDArray[np.int64]]:
    """The distinct texts of an excluded column in the order of the file, and the number of each row's; -1
    where it is blank."""
    found = table.others[column]
    names: dict[str, int] = {}
    number = np.full(len(found.texts) + 1, -1)
    order = list(dict.fromkeys(found.codes.tolist()))
    for code in order:
        text = found.texts[code]
        if text and text != ELSEWHERE:
            number[code] = names.setdefault(text, len(names))
    return tuple(names), number[found.codes]


# ── scores ───────────────────────────────────────────────────────────────────────────────────


def has_halves(table: ResponseTable) -> bool:
    """Whether a cell of an item is a half point."""
    return any(_HALF.fullmatch(plain_text(text)) for column in table.items for text in column.texts)


def as_scores(
    table: ResponseTable, missing: Missing | None = None, highest: int | None = None, unit: int = 1
) -> Scored:
    """The items as scores 0, 1 … `highest`; raises Refused with every cell that is none.

    A blank is told as NOT_ADMINISTERED: the file does not say why nothing is there. With a `unit` of 2 a
    point is 2, and half points are taken.
    """
    problems: list[Problem] = []
    cells = np.empty((table.table.n_rows, len(table.items)), dtype=np.int8)
    for place, column in enumerate(table.items):
        values = [_score(text, missing or {}, unit) for text in column.texts]
        problems += _score_faults(table, column, values, highest)
        coded = np.array([-9 if value is None else value for value in values], dtype=np.int8)
        cells[:, place] = coded[column.codes] if len(coded) else 0
    if problems:
        raise Refused(tell("{table} contains cells that are not scores", table=table.name), problems)
    return Scored(candidates_of(table), tuple(column.name for column in table.items), cells)


def _score(text: str, missing: Missing, unit: int = 1) -> int | None:
    """A score or a kind of missing; None for what is neither."""
    if text == ELSEWHERE:
        return NOT_ADMINISTERED
    if text in missing:
        return missing[text]
    plain = plain_text(text)
    if plain in BLANK_WORDS:
        return missing.get("", NOT_ADMINISTERED)
    if plain in _WORDS:
        return _WORDS[plain] * unit
    if unit == 2 and (half := _HALF.fullmatch(plain)):
        value = 2 * int(half[1] or 0) + 1
    elif found := NUMBER.fullmatch(text if text.isascii() else plain):
        value = unit * int(found[1])
    else:
        return None
    return value if value <= 127 else None


def _score_faults(
    table: ResponseTable, column: CodedColumn, values: Sequence[int | None], highest: int | None
) -> Iterable[Problem]:
    wrong = [code for code, value in enumerate(values) if value is None or (highest and value > highest)]
    if not wrong:
        return
    rows = np.flatnonzero(np.isin(column.codes, wrong))
    if all(value is None or value < 0 for value in values) and len(rows) > 1:
        shown = ", ".join(f"`{text[:20]}`" for text in (column.texts[code] for code in wrong[:3]))
        message = tell(
            "contains no score, only {shown}{n}. Exclude the column with {exclude} {column}, "
            "or, if these are options, give their key with {key}",
            shown=shown,
            n=" …" if len(wrong) > 3 else "",
            column=column.name,
            exclude=option("exclude"),
            key=option("key"),
        )
        yield Problem(table.name, "not-a-score", message, field=column.name)
        return
    for row in rows[:_SHOWN]:
        text, value = column.texts[column.codes[row]], values[column.codes[row]]
        where = table.where(int(row), column.name)
        if value is not None:
            message = tell(
                "{text} is more than {highest}. This model needs scores of 0 and 1. Try {model} grm or pcm",
                text=text,
                highest=highest,
                model=option("model"),
            )
            yield Problem(where, "score-too-high", message, field=column.name)
            continue
        message = tell(
            "`{text}` is not a score. Write 0, 1, 2 … or leave the cell blank. If the cells are "
            "options, give their key with {key}. Exclude a column that is not an item with "
            "{exclude} {column}",
            text=text[:40],
            column=column.name,
            key=option("key"),
            exclude=option("exclude"),
        )
        yield Problem(where, "not-a-score", message, field=column.name)
    if len(rows) > _SHOWN:
        message = tell("and {n} more cells of this column", n=len(rows) - _SHOWN)
        yield Problem(table.name, "not-a-score", message, field=column.name)


# ── options ──────────────────────────────────────────────────────────────────────────────────


class KeyedItem(NamedTuple):
    """An item of the key, and what its cells say."""

    item: str
    right: frozenset[str]
    said: tuple[str | None, ...]
    """Option that each distinct text of the column names; None for a text that stands for nothing."""
    n_answers: int
    """Cells that name an option."""

    @property
    def named(self) -> frozenset[str]:
        """Options that cells name."""
        return frozenset(name for name in self.said if name is not None)


def as_choices(
    table: ResponseTable,
    key: Key,
    missing: Missing | None = None,
) -> tuple[Chosen, tuple[str, ...]]:
    """The items of the key as options chosen, and the names of the columns that the key does not know.

    Options are compared without regard to case, width or Thai digits, and stand in the order of their
    names; ก, ข … are A, B … where key and cells meet only so. A blank is told as OMITTED. Raises Refused for
    items of the key that the file has not, and for a key of other options than the cells'.
    """
    columns = {column.name: column for column in table.items}
    if lacking := [item for item in key if item not in columns]:
        shown = ", ".join(lacking[:10])
        message = tell_n(
            "has no column for {n} item of the key: {shown}",
            "has no column for {n} items of the key: {shown}",
            len(lacking),
            shown=shown,
        )
        raise Refused(
            tell("{table} {message}", table=table.name, message=message),
            [Problem(table.name, "items-missing", message)],
        )
    missing = {**(missing or {}), ELSEWHERE: NOT_ADMINISTERED}
    keyed: list[KeyedItem] = []
    for item, right in key.items():
        column = columns[item]
        pairs = [(text, option_name(text)) for text in column.texts]
        said = tuple(
            None if text in missing or plain.lower() in BLANK_WORDS else plain for text, plain in pairs
        )
        n_names = len(right.union(plain for plain in said if plain is not None))
        if n_names > MOST_OPTIONS:
            message = tell(
                "contains {n_names} different texts, so it is not an item. Exclude it with "
                "{exclude} {column}",
                n_names=n_names,
                column=item,
                exclude=option("exclude"),
            )
            raise Refused(
                tell("{name} {column} {message}", name=table.name, column=item, message=message),
                [Problem(table.name, "not-an-item", message, field=item)],
            )
        is_answer = np.array([plain is not None for plain in said] or [False])
        keyed.append(KeyedItem(item, right, said, int(np.count_nonzero(is_answer[column.codes]))))
    keyed = _agreed(table.name, keyed)

    cells: Cells = np.empty((table.table.n_rows, len(keyed)), dtype=np.int8)
    options: list[tuple[str, ...]] = []
    blank = missing.get("", OMITTED)
    for place, one in enumerate(keyed):
        column, names = columns[one.item], one.named | one.right
        options.append(in_order(names))
        place_of = {option: number for number, option in enumerate(options[-1])}
        coded = [
            missing.get(text, blank) if plain is None else place_of[plain]
            for text, plain in zip(column.texts, one.said, strict=True)
        ]
        cells[:, place] = np.array(coded or [OMITTED], dtype=np.int8)[column.codes]
    keys = tuple(
        frozenset(names.index(right) for right in one.right)
        for names, one in zip(options, keyed, strict=True)
    )
    chosen = Chosen(candidates_of(table), tuple(key), cells, tuple(options), keys)
    return chosen, tuple(name for name in columns if name not in key)


def _agreed(source: str, items: Sequence[KeyedItem]) -> list[KeyedItem]:
    """The items with key and cells in one alphabet.

    Where no cell of an item says a right option, and they meet once ก, ข … are read as A, B …, they are read
    so on both sides. Raises Refused where key and cells do not speak of the same options: one has Thai
    letters and the other Latin ones, or for more than half of the items no cell says a right option though
    they are of another kind than the cells, or ten answers or more are there.
    """
    unmet = {
        one.item: one._replace(
            right=frozenset(_LATIN.get(name, name) for name in one.right),
            said=tuple(None if name is None else _LATIN.get(name, name) for name in one.said),
        )
        for one in items
        if one.n_answers and not one.right & one.named
    }
    meets = any(one.right & one.named for one in unmet.values())
    found = [unmet.get(one.item, one) if meets else one for one in items]
    apart = [one for one in found if one.n_answers and not one.right & one.named]
    crossed = [] if meets else [one for one in apart if {"ก", "A"} <= _kinds(one.right) ^ _kinds(one.named)]
    never = [one for one in apart if one.n_answers >= _ENOUGH or not _kinds(one.right) & _kinds(one.named)]
    if not crossed and 2 * len(never) <= len(items):
        return found

    def shown(names: Collection[str]) -> str:
        return ", ".join(f"`{name[:20]}`" for name in in_order(names)[:5])

    message = tell(
        "no cell contains a correct option in {n} of {n_items} items of the key. Write the key "
        "with the options used in the cells",
        n=len(crossed or never),
        n_items=len(items),
    )
    problems = [
        Problem(
            source,
            "key-not-in-cells",
            tell(
                "the key is {right}, but the cells contain {named}",
                right=shown(one.right),
                named=shown(one.named),
            ),
            one.item,
        )
        for one in (crossed or never)[:_NAMES_SHOWN]
    ]
    raise Refused(
        tell("{source}: {message}", source=source, message=message),
        [Problem(source, "key-not-in-cells", message), *problems],
    )


def _kinds(names: Collection[str]) -> set[str]:
    """What sorts of names: `ก` and `A` for those of such letters, `1` for numbers, else `""`."""
    sorts = {"ก": THAI_LETTERS, "A": ascii_uppercase, "1": digits}
    return {next((sort for sort, of in sorts.items() if set(name) <= set(of)), "") for name in names}


def option_name(text: str) -> str:
    """An option as it is compared and shown: `a`, ` A ` and `Ａ` are A, `2.0` and `๒` are 2."""
    plain = plain_text(text).upper()
    found = NUMBER.fullmatch(plain)
    return str(int(found[1])) if found else plain


def in_order(names: Collection[str]) -> tuple[str, ...]:
    """Numbers first, by size; then by name."""

    def place(option: str) -> tuple[bool, int, str]:
        is_number = option.isascii() and option.isdigit()
        return not is_number, int(option) if is_number else 0, option

    return tuple(sorted(names, key=place))


def alternatives(names: Collection[str], n: int) -> frozenset[str]:
    """The options of an item of n, chosen or not: A, B …, ก, ข … or 1, 2 … where all that are named are such.

    None where names are anything else: nobody knows then what the others are called. One past n is no
    hindrance up to the fifth, since answer sheets have five; nor are asterisks, for odd marks.
    """
    named = {name for name in names if name.strip("*")}
    most = max(n, len(LETTERS))
    counted = [str(number) for number in range(1, min(most, MOST_OPTIONS) + 1)]
    for alphabet in (list(ascii_uppercase), list(THAI_LETTERS), counted):
        if named <= set(alphabet[:most]):
            return frozenset(alphabet[:n]) if n <= len(alphabet) else frozenset()
    return frozenset()


# ── keys ─────────────────────────────────────────────────────────────────────────────────────


def read_key(name: str, data: bytes) -> dict[str, frozenset[str]]:
    """The key of a response file: columns `item` and `key` (else the first two), several as `A|C`.

    Raises Refused with every line that names no option, or an item twice.
    """
    table = read_coded(name, data)
    columns = {plain_text(column.name): column for column in table.columns}
    item = columns.get("item") or table.columns[0]
    right = columns.get("key") or (table.columns[1] if len(table.columns) > 1 else None)
    if right is None or right is item:
        message = tell("requires the columns `item` and `key`")
        raise Refused(
            tell("{name} {message}", name=name, message=message), [Problem(name, "no-key-column", message)]
        )
    key: dict[str, frozenset[str]] = {}
    problems: list[Problem] = []
    for row in range(table.n_rows):
        who, says = item.texts[item.codes[row]], right.texts[right.codes[row]]
        named = frozenset(option_name(part) for part in re.split(r"[|,;/]", says) if option_name(part))
        where = f"{name}:{table.lines[row]}"
        if not who or not named:
            problems.append(
                Problem(where, "key-empty", tell("has no item or no option. Write both"), who or None)
            )
        elif key.setdefault(who, named) != named:
            message = tell(
                "has two keys. Use {command} for the keys of several forms",
                command=command("analyse exam"),
            )
            problems.append(Problem(where, "key-twice", message, who))
    if not key and not problems:
        problems.append(
            Problem(name, "no-key", tell("has no lines below its header. Write each item with its key"))
        )
    if problems:
        raise Refused(
            tell_n(
                "{name} is not a key: {n} error", "{name} is not a key: {n} errors", len(problems), name=name
            ),
            problems,
        )
    return key
