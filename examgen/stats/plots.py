"""Axes of matplotlib, which is an extra and is loaded when a picture is asked for."""

from __future__ import annotations

from importlib import import_module
from typing import Any


def axes(ax: Any = None) -> Any:
    """The axes that were given, or new ones.

    Raises
    ------
    ImportError
        Where matplotlib is not installed.
    """
    if ax is not None:
        return ax
    try:
        figure = import_module("matplotlib.figure")
    except ImportError:
        raise ImportError("plots need matplotlib: pip install 'examgen[plots]'") from None
    return figure.Figure(layout="constrained").subplots()
