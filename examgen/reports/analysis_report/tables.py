"""What an exam analysis found → the tables behind its report, and R code that repeats it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import polars as pl

Document = Mapping[str, Any]

_ITEM = (
    "n", "facility", "facility_low", "facility_high", "item_total", "item_rest", "item_rest_low",
    "item_rest_high", "biserial", "d27", "omitted", "not_reached", "not_administered",
)  # fmt: skip
_IRT = (
    "a", "se_a", "difficulty", "se_b", "c", "se_c", "infit", "infit_z", "outfit", "outfit_z", "s_x2",
    "s_x2_df", "s_x2_p",
)  # fmt: skip
_OPTION = (
    "n", "administered", "share", "mean_score", "mean_share", "point_biserial", "point_biserial_rest",
    "low27", "low27_n", "high27", "high27_n",
)  # fmt: skip


def item_table(found: Document) -> pl.DataFrame:
    """A line for each item: of those examined, first those that need attention; then those that were not."""
    import polars as pl

    rows = [
        {
            "item": row["name"],
            "unit": row["unit"],
            "pc": row["pc"],
            "standing": row["standing"],
            "examined": row["examined"],
            "key": " ".join(row["key"]),
            "forms": " ".join(f"{one['form']}:{one['question']}" for one in row["asked"]),
            **{field: row[field] for field in _ITEM},
            **{field: row["irt"].get(field) for field in _IRT},
            "flags": " ".join(dict.fromkeys(flag["code"] for flag in row["flags"])),
            "item_hash": row["item_hash"],
        }
        for row in found["items"]
    ]
    return pl.DataFrame(rows, infer_schema_length=None)


def option_table(found: Document) -> pl.DataFrame:
    """A line for each option of each item; the option is empty for those who left the item blank."""
    import polars as pl

    rows = [
        {
            "item": item,
            "option": option["option"] or "",
            "is_key": option["is_key"],
            **{field: option[field] for field in _OPTION},
            **{f"fifth_{n}": share for n, share in enumerate(option["fifths"], start=1)},
            **{f"fifth_{n}_n": size for n, size in enumerate(option["fifths_n"], start=1)},
        }
        for item, options in found["options"].items()
        for option in options
    ]
    return pl.DataFrame(rows, infer_schema_length=None)


def r_code(found: Document, items: Sequence[str]) -> str:
    """R code that repeats the analysis in psych and mirt from `scores.csv` beside it."""
    model = found["irt"]["model"]
    value = model["log_likelihood"]
    likelihood = "undefined" if value is None else f"{value:.6f}"
    fit = {
        "rasch": "m <- mirt(X, 1, itemtype = 'Rasch', SE = TRUE, TOL = 1e-7)",
        "1pl": "m <- mirt(X, mirt.model(paste0('F = 1-', k, '\\nCONSTRAIN = (1-', k, ', a1)')), "
        "itemtype = '2PL', SE = TRUE, TOL = 1e-7)",
        "2pl": "m <- mirt(X, 1, itemtype = '2PL', SE = TRUE, TOL = 1e-7)",
        "3pl": "m <- mirt(X, mirt.model(paste0('F = 1-', k, '\\nPRIOR = (1-', k, ', g, norm, -1.1, 0.5)')), "
        "itemtype = '3PL', SE = TRUE, TOL = 1e-6)",
    }[model["name"]]
    pilots = [row["name"] for row in found["items"] if row["standing"] == "pilot"]
    pilot = ", ".join(json.dumps(name, ensure_ascii=False) for name in pilots)
    return f"""# {found["exam"]}, run {found["run"]}: the analysis once more, in R.
# examgen found: log-likelihood {likelihood} with {model["n_parameters"]} parameters.
# scores.csv has 1 right, 0 wrong, blank not administered or not reached; {len(items)} items.
library(mirt)
D <- read.csv("scores.csv", check.names = FALSE, colClasses = c(id = "character"))
A <- as.matrix(D[, -(1:2), drop = FALSE])
# An item that all had right, or all wrong, or nobody reached, is not estimated.
X <- A[, apply(A, 2, function(x) length(unique(na.omit(x))) > 1), drop = FALSE]
X <- X[rowSums(!is.na(X)) > 0, , drop = FALSE]
k <- ncol(X)
{fit}
print(logLik(m))
print(coef(m, IRTpars = TRUE, simplify = TRUE)$items)
if (!anyNA(X)) print(itemfit(m, fit_stats = "S_X2"))
print(itemfit(m, fit_stats = "infit", method = "ML"))

# Classical, form by form; a blank of the form counts as wrong, and pilot items are not part of the total.
library(psych)
pilot <- c({pilot})
for (form in unique(D$form)) {{
  Y <- A[D$form == form, !colnames(A) %in% pilot, drop = FALSE]
  Y <- Y[, colSums(!is.na(Y)) > 0, drop = FALSE]
  Y[is.na(Y)] <- 0
  cat("form", form, "\\n")
  a <- alpha(as.data.frame(Y), check.keys = FALSE, warnings = FALSE)
  print(a$total)
  print(a$item.stats[, c("n", "raw.r", "r.drop", "mean", "sd")])
}}
"""
