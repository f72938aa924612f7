"""Items as people read them: statistics, a model, and the analysis of an exam."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, NamedTuple

from examgen.analyses.reported.parts import (
    Document,
    InBoth,
    Parts,
    ReportedFiles,
    ReportedLine,
    ReportedTable,
    notes_of,
    number,
)
from examgen.analyses.reported.scored_runs import head_of
from examgen.core.models.base import Bilingual
from examgen.core.words import Pair, joined, option, tell, tell_n

if TYPE_CHECKING:
    from examgen.analyses.statistics import WrittenStatistics


class ItemColumn(NamedTuple):
    """A number of an item, in every place where people read it."""

    field: str
    on_screen: str = ""
    """Its heading in the table of `analyse items`, if it stands there."""
    on_page: Pair | None = None
    """Its heading on the page of an exam's analysis, if it stands there."""
    digits: int = 2
    """On that page."""
    in_files: bool = True
    """Whether items.csv and items.xlsx of an exam's analysis have it."""


ITEM_COLUMNS = (
    ItemColumn("n", "n", Bilingual(th="n", en="n"), digits=0),
    ItemColumn("facility", tell("facility"), tell("facility")),
    ItemColumn("facility_low"),
    ItemColumn("facility_high"),
    ItemColumn("item_total", tell("item-total")),
    ItemColumn("item_rest", tell("item-rest"), tell("item–rest")),
    ItemColumn("item_rest_low"),
    ItemColumn("item_rest_high"),
    ItemColumn("biserial", tell("biserial")),
    ItemColumn("d27", "D27", Bilingual(th="D27", en="D27")),
    ItemColumn("alpha_if_deleted", tell("alpha without"), in_files=False),
    ItemColumn("omitted"),
    ItemColumn("not_reached"),
    ItemColumn("not_administered"),
)
"""The statistics of an item, in the order of the columns."""


def shown(field: str, row: dict[str, Any]) -> str:
    """A value of a row; degrees of freedom are whole, and no p is 0."""
    value = row.get(field)
    if field.rpartition("_")[2] == "p" and value is not None and value < 0.001:
        return "< 0.001"
    return number(value, 0 if field.endswith("_df") else 3)


def of_items(found: Document) -> Parts:
    """A classical analysis, of all candidates or of each group by itself."""
    for one in found.get("groups", [found]):
        yield from _of_test(found, one)
        columns = [column for column in ITEM_COLUMNS if column.on_screen]
        heads = [tell("item"), *(column.on_screen for column in columns)]
        rows = [[row["item"], *(number(row[column.field]) for column in columns)] for row in one["items"]]
        yield ReportedTable(tell("items"), heads, rows, wide=True)
        for row in one["items"]:
            for flag in row["flags"]:
                yield ReportedLine(
                    tell(
                        "check {item}: {message} [{code}]",
                        item=row["item"],
                        message=InBoth(flag["message"], flag["message_th"]),
                        code=flag["code"],
                    )
                )
        yield from _alarms(one)
        yield from notes_of(one)
    if "by" in found:
        yield from notes_of(found)


_MOST_NAMED = 5
"""Items that a note names on a screen."""


def items_in_short(found: Document, most: int) -> Parts:
    """The test, keys that look wrong, and a line for each of the first `most` items to look at."""
    for one in found.get("groups", [found]):
        yield from _of_test(found, one)
        yield from _alarms(one)
        flagged = [row for row in one["items"] if row["flags"]]
        n_items = one["test"]["n_items"]
        yield ReportedLine(
            tell("{n} of {n_items} items need review", n=len(flagged), n_items=n_items),
            "yellow" if flagged else "green",
        )
        for row in flagged[:most]:
            first, *rest = row["flags"]
            more = tell(" (+{n})", n=len(rest)) if rest else ""
            message = InBoth(first["message"], first["message_th"])
            yield ReportedLine(
                tell("  {item}: {message}{more}", item=row["item"], message=message, more=more)
            )
        if len(flagged) > most:
            yield ReportedLine(tell("  … and {n:,} more (--verbose)", n=len(flagged) - most))
        yield from notes_of(one, _MOST_NAMED)
    if "by" in found:
        yield from notes_of(found, _MOST_NAMED)


def _of_test(found: Document, one: Document) -> Parts:
    """The group, how many candidates and items, and the test as a whole."""
    if "by" in found:
        yield ReportedLine(f"{found['by']} {one['group']}", "bold")
    yield ReportedLine(
        tell(
            "{n_candidates} candidates, {n_items} items",
            n_candidates=one["test"]["n_candidates"],
            n_items=one["test"]["n_items"],
        ),
        "bold",
    )
    pairs = (
        (tell("mean"), "mean"), (tell("sd"), "sd"), ("alpha", "alpha"), ("KR-20", "kr20"),
        ("KR-21", "kr21"), (tell("lambda 2 from correlations"), "lambda2"), ("omega", "omega"),
        (tell("split half"), "split_half"), ("SEM", "sem"),
    )  # fmt: skip
    parts = [
        tell("{name} {value}", name=name, value=number(one["test"][field]))
        for name, field in pairs
        if one["test"][field] is not None
    ]
    yield ReportedLine(tell("  {parts}", parts=joined(parts)))


def _alarms(found: Document) -> Parts:
    for alarm in found["alarms"]:
        yield ReportedLine(
            tell(
                "key alarm ({sure}): {item}: {message}",
                sure=alarm["sure"],
                item=alarm["item"],
                message=alarm["message"],
            ),
            "bold red",
        )


def of_irt(found: Document) -> Parts:
    """An item response model."""
    yield from _of_model(found)
    heads, rows = irt_table(found)
    yield ReportedTable(tell("items"), heads, rows, wide=True)
    yield from notes_of(found)


def irt_in_short(found: Document) -> Parts:
    """An item response model without the table of its items, but for the range of difficulties."""
    yield from _of_model(found)
    hard = [(row["b"], row["item"]) for row in found["items"] if row.get("b") is not None]
    if hard:
        (low, easiest), (high, hardest) = min(hard), max(hard)
        yield ReportedLine(
            tell(
                "  {n} items, difficulty from {low} ({easiest}) to {high} ({hardest})",
                n=len(found["items"]),
                low=number(low, 2),
                easiest=easiest,
                high=number(high, 2),
                hardest=hardest,
            )
        )
    yield from notes_of(found, _MOST_NAMED)


def _of_model(found: Document) -> Parts:
    told = found["model"]
    state = tell("converged") if told["converged"] else tell("NOT CONVERGED")
    steps = tell("{state} after {iterations} steps", state=state, iterations=told["iterations"])
    yield ReportedLine(
        tell(
            "{name}: {n_candidates} candidates, {steps}",
            name=told["name"],
            n_candidates=told["n_candidates"],
            steps=steps,
        ),
        "bold",
    )
    yield ReportedLine(
        tell(
            "  log-likelihood {log_likelihood}, {n_parameters} parameters, AIC {aic}, BIC {bic}",
            log_likelihood=number(told["log_likelihood"], 4),
            n_parameters=told["n_parameters"],
            aic=number(told["aic"], 2),
            bic=number(told["bic"], 2),
        )
    )
    if told.get("sd", [None])[0] is not None:
        mean, sd = (f"{number(told[n][0])} ({number(told[f'se_{n}'][0])})" for n in ("mean", "sd"))
        yield ReportedLine(tell("  ability: mean {mean}, sd {sd}", mean=mean, sd=sd))
    for one in found.get("groups", ()):
        spread = tell(
            "mean {mean} ({se_mean}), sd {sd}",
            mean=number(one["mean"]),
            se_mean=number(one["se_mean"]),
            sd=number(one["sd"]),
        )
        yield ReportedLine(
            tell(
                "  group {group}: {n} candidates, {spread} ({se_sd})",
                group=one["group"],
                n=one["n"],
                spread=spread,
                se_sd=number(one["se_sd"]),
            )
        )


def irt_table(found: Document) -> tuple[list[str], list[list[str]]]:
    """Headings and rows of the items of a model, without columns that say nothing."""
    fields = []
    for field in _IRT_FIELDS:
        dull = (None, 0.0) if field == "c" else (None,)  # such an asymptote says nothing
        if field == "a" or any(row.get(field) not in dull for row in found["items"]):
            fields.append(field)
    heads: list[str] = [tell("item"), *(_IRT_FIELDS[field] for field in fields)]
    return heads, [[row["item"], *(shown(field, row) for field in fields)] for row in found["items"]]


_IRT_FIELDS = {
    "group": tell("group"), "a": "a", "se_a": tell("se"), "b": "b", "se_b": tell("se"), "c": "c",
    "se_c": tell("se"),
    "infit": tell("infit"), "infit_z": "Z", "infit_t": "t", "outfit": tell("outfit"), "outfit_z": "Z",
    "outfit_t": "t", "s_x2": "S-X2", "s_x2_df": tell("df"), "s_x2_p": "p",
}  # fmt: skip


def of_exam(found: Document) -> Parts:
    """The analysis of an exam."""
    yield from head_of(found)
    for form in found["forms"]:
        yield ReportedLine(
            tell(
                "  form {form}: {n_candidates} candidates, {n_items} items, mean {mean}, alpha "
                "{alpha}, SEM {sem}",
                form=form["form"],
                n_candidates=form["n_candidates"],
                n_items=form["n_items"],
                mean=number(form["mean"], 1),
                alpha=number(form["alpha"]),
                sem=number(form["sem"], 2),
            )
        )
    yield from _alarms(found)
    flagged = [row for row in found["items"] if row["flags"]]
    yield ReportedLine(
        tell(
            "  {n} of {n_examined} items need review, {alarms}",
            n=len(flagged),
            n_examined=found["n_examined"],
            alarms=tell_n("{n} suspicious key", "{n} suspicious keys", len(found["alarms"])),
        )
    )
    if left := found["n_items"] - found["n_examined"]:
        yield ReportedLine(
            tell(
                "  {left} of {n_items} items were not examined, because they have fewer than "
                "{min_n} candidates each ({min_n_option})",
                left=left,
                n_items=found["n_items"],
                min_n=found["min_n"],
                min_n_option=option("min-n"),
            ),
            "yellow",
        )
    if few := found["n_examined"] - found["n_fully_examined"]:
        yield ReportedLine(
            tell(
                "  {few} of {n_items} items have fewer than {min_n_fully} candidates. Only "
                "findings beyond chance are listed for them; an item that is not listed may "
                "still be poor.",
                few=few,
                n_items=found["n_items"],
                min_n_fully=found["min_n_fully"],
            ),
            "yellow",
        )
    yield from notes_of(found)


def of_written(written: WrittenStatistics, notices: Iterable[str | None]) -> Parts:
    """Statistics that were written into the bank, and what there is to know of them."""
    yield ReportedFiles(tell("{n_lines} lines of statistics:", n_lines=written.n_lines), written.files)
    for notice in filter(None, notices):
        yield ReportedLine(tell("  {notice}", notice=notice), "yellow")
