"""Tables → what people read: each report a pure function to the context of its template."""

from examgen.reports.heatmap import BlueprintBlock, heat_map

__all__ = ["BlueprintBlock", "heat_map"]
