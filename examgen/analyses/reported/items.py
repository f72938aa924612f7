"""Items as people read them: statistics, a model, DIF between groups, and the analysis of an exam."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, NamedTuple

from examgen.analyses.options import DIF_METHODS
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
from examgen.core.words import Pair, joined, noted, option, tell, tell_n

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


_DIF_FIELDS = {
    "mh": ("mh_chisq", "mh_p", "mh_alpha", "mh_delta", "ets_signed", "favours", "flagged"),
    "logistic": ("lr_uniform", "lr_nonuniform", "lr_both", "p", "delta_r2", "class", "favours", "flagged"),
    "sibtest": ("beta", "se", "chisq", "p", "cross_beta", "cross_chisq", "cross_p", "favours", "flagged"),
}
_DIF_HEADS = {
    "mh_chisq": "χ²",
    "mh_p": "p",
    "mh_alpha": "α",
    "mh_delta": "Δ",
    "mh_interval": tell("95 % of Δ"),
    "ets_signed": tell("ETS class"),
    "class": tell("class"),
    "favours": tell("favours"),
    "flagged": tell("flagged"),
}
"""Of other fields their names, which the documents of `--json` and `--out` have, too."""
_Z = 1.96
"""Standard errors on either side of a 95 % interval."""
_SIDES = {"reference": noted("reference {group}: {n}"), "focal": noted("focal {group}: {n}")}
_LEGEND = {
    "mh": (
        noted(
            "α: odds of a right answer of {r} divided by those of {f} at the same total; above "
            "1 it favours {r}. Δ: -2.35 log α; negative if harder for {f}."
        ),
        noted("ETS class: A negligible, B moderate, C large; - favours {r}, + favours {f}."),
        noted(
            "A, not significant: the difference is as large as in class B or C, but may be "
            "chance with so few candidates. See the interval of Δ."
        ),
    ),
    "logistic": (
        noted(
            "class: A negligible, B moderate, C large, by delta_r2. crossing: the direction "
            "depends on the total."
        ),
    ),
    "sibtest": (
        noted(
            "beta: proportion right of {r} minus that of {f} at the same true score; positive "
            "if harder for {f}."
        ),
    ),
}


def of_dif(found: Document) -> Parts:
    """Differential item functioning: whom an item favours, the groups, the table of items, those that stand
    out first, and what its columns mean."""
    method, items = found["method"], found["items"]
    reference, *focal = (one["group"] for one in found["groups"])
    several = len(focal) > 1
    pairs = [(one["focal"], one["items"]) for one in found["contrasts"]] if several else [(focal[0], items)]
    if not any(row.get("flagged") for own in (items, *(own for _, own in pairs)) for row in own):
        yield ReportedLine(tell("No item is flagged."), "bold")
    for group, own in pairs:
        yield from _dif_flagged(own, reference, group)
    sizes = [tell(_SIDES[one["role"]], group=one["group"], n=one["n"]) for one in found["groups"]]
    named = dict(DIF_METHODS)[method]
    yield ReportedLine(tell("{method}: {sizes}", method=named, sizes=joined(sizes, "; ")), "bold")
    fields = [field for field in _DIF_FIELDS[method] if items and field in items[0]]
    if several:
        fields = [field for field in fields if field not in ("favours", "ets_signed")]
    if "mh_se_delta" in (items or [{}])[0] and not several:
        fields.insert(fields.index("mh_delta") + 1, "mh_interval")
    endless = {note["item"] for note in found["notes"] if note["code"] == "infinite-odds"}
    rows = [
        [row["item"], *(_dif_cell(field, row, row["item"] in endless) for field in fields)]
        for row in sorted(items, key=_least_likely_first)
    ]
    yield ReportedTable(
        tell("items"), [tell("item"), *(_DIF_HEADS.get(field, field) for field in fields)], rows, wide=True
    )
    for words in () if several else _LEGEND[method]:
        yield ReportedLine(tell(words, r=reference, f=focal[0]))
    yield from notes_of(found)


def _stands_out(row: Document) -> bool:
    """Whether a row is flagged, or is of class B or C by ETS, which asks for p without any adjustment."""
    return bool(row.get("flagged")) or row.get("ets") in ("B", "C")


def _least_likely_first(row: Document) -> tuple[bool, bool, float]:
    p = row.get("mh_p", row.get("p"))
    return not row.get("flagged"), not _stands_out(row), 2.0 if p is None else p


def _dif_cell(field: str, row: Document, is_endless: bool) -> str:
    """Whom an item favours is said where it stands out; it may depend on the total. `is_endless` where the
    odds ratio is 0 or infinite."""
    value = row.get(field)
    if field == "favours":
        favours = value if _stands_out(row) else ""
        return tell("crossing") if favours == "crossing" else favours or ""
    if field == "mh_interval":
        delta, se = row["mh_delta"], row["mh_se_delta"]
        return "–" if delta is None or se is None else f"{delta - _Z * se:.2f} … {delta + _Z * se:.2f}"
    if field == "ets_signed" and _is_unknown(row):
        return tell("A, not significant")
    if is_endless and field == "mh_alpha":
        return "∞" if value is None else "0"
    if is_endless and field == "mh_delta":
        return "−∞" if row["mh_alpha"] is None else "+∞"
    said = shown(field, row)
    # numbers of a column have as many decimals
    return (
        f"{value:.3f}" if isinstance(value, float) and not field.endswith("_df") and "<" not in said else said
    )


def _is_unknown(row: Document) -> bool:
    """Whether ETS's class is A for lack of significance alone: the difference is large enough for B or C."""
    return row.get("ets") == "A" and row.get("ets_size") in ("B", "C")


def _dif_flagged(items: list[Document], reference: str, focal: str) -> Parts:
    for row in items:
        if not _stands_out(row):
            continue
        favours = row.get("favours")
        if favours in (reference, focal):
            whom = tell(
                "it favours {favours}. At the same total it is harder for {other}",
                favours=favours,
                other=focal if favours == reference else reference,
            )
        elif favours == "crossing":
            whom = tell(
                "the total determines whether it favours {reference} or {focal}",
                reference=reference,
                focal=focal,
            )
        else:
            whom = tell("it works differently for {reference} and {focal}", reference=reference, focal=focal)
        size = f" [{row['ets_signed']}]" if row.get("ets_signed") else ""
        if row.get("flagged"):
            line = tell("check {item}: {whom}{size}", item=row["item"], whom=whom, size=size)
        else:
            line = tell(
                "significant only at 5 % without adjustment: {item}: {whom}{size}",
                item=row["item"],
                whom=whom,
                size=size,
            )
        yield ReportedLine(line, "bold")


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
