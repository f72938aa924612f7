"""The methods of observed-score equating by name, for each design."""

EQUIVALENT_GROUPS = ("identity", "mean", "linear", "circle-arc", "equipercentile")
NONEQUIVALENT_GROUPS = (
    "identity", "tucker", "tucker-mean", "levine", "levine-mean", "levine-true", "braun-holland",
    "nominal-weights", "chained-mean", "chained-linear", "chained-circle-arc", "frequency-estimation",
    "chained-equipercentile",
)  # fmt: skip
DESIGNS = {"eg": EQUIVALENT_GROUPS, "neat": NONEQUIVALENT_GROUPS}
BY_RANKS = frozenset(("equipercentile", "frequency-estimation", "chained-equipercentile"))
"""Methods that take whole distributions: those that can be smoothed."""
WITH_SYNTHETIC = frozenset(
    (
        "tucker",
        "tucker-mean",
        "levine",
        "levine-mean",
        "braun-holland",
        "nominal-weights",
        "frequency-estimation",
    )
)
"""Methods that need a synthetic population. Its weight matters little, where groups are not far apart."""
