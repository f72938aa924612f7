"""Psychometrics for Python: takes data in any usual form and returns tables with the names of items and
persons.

    import examgen.stats as es

Every analysis accepts the data that `responses` accepts: a data frame, an array, a long table. It returns a
small result with polars tables. Invalid arguments raise `ArgumentError` with a one-sentence message.

A name loads its module on first use. No module has the name of a public function, because Python would then
replace the function with the module.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from importlib import import_module
from inspect import isfunction, signature
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from examgen.stats.ability import abilities as abilities
    from examgen.stats.answer_similarity import copying as copying
    from examgen.stats.arguments import ArgumentError as ArgumentError
    from examgen.stats.assessor_agreement import agreement as agreement
    from examgen.stats.assessor_agreement import icc as icc
    from examgen.stats.assessor_analysis import assessors as assessors
    from examgen.stats.assessor_severity import many_facet as many_facet
    from examgen.stats.classical import items as items
    from examgen.stats.classical import reliability as reliability
    from examgen.stats.decision_consistency import decisions as decisions
    from examgen.stats.dif_analysis import dif as dif
    from examgen.stats.equating import equate as equate
    from examgen.stats.irt_fit import IrtFit as IrtFit
    from examgen.stats.item_cuts import angoff as angoff
    from examgen.stats.item_cuts import bookmark as bookmark
    from examgen.stats.item_response import irt as irt
    from examgen.stats.linking import link as link
    from examgen.stats.nonparametric_fit import person_fit as person_fit
    from examgen.stats.person_cuts import borderline_group as borderline_group
    from examgen.stats.person_cuts import borderline_regression as borderline_regression
    from examgen.stats.person_cuts import contrasting_groups as contrasting_groups
    from examgen.stats.person_cuts import hofstee as hofstee
    from examgen.stats.rating_variance import generalizability as generalizability
    from examgen.stats.response_data import Responses as Responses
    from examgen.stats.response_data import read_responses as read_responses
    from examgen.stats.response_data import responses as responses
    from examgen.stats.results import Result as Result
    from examgen.stats.simulation import example as example
    from examgen.stats.simulation import simulate as simulate
    from examgen.stats.subscore_value import subscores as subscores

_NAMES: dict[str, tuple[str, ...]] = {
    "ability": ("abilities",),
    "answer_similarity": ("copying",),
    "arguments": ("ArgumentError",),
    "assessor_agreement": ("agreement", "icc"),
    "assessor_analysis": ("assessors",),
    "assessor_severity": ("many_facet",),
    "classical": ("items", "reliability"),
    "decision_consistency": ("decisions",),
    "dif_analysis": ("dif",),
    "equating": ("equate",),
    "irt_fit": ("IrtFit",),
    "item_cuts": ("angoff", "bookmark"),
    "item_response": ("irt",),
    "linking": ("link",),
    "nonparametric_fit": ("person_fit",),
    "person_cuts": ("borderline_group", "borderline_regression", "contrasting_groups", "hofstee"),
    "rating_variance": ("generalizability",),
    "response_data": ("Responses", "read_responses", "responses"),
    "results": ("Result",),
    "simulation": ("example", "simulate"),
    "subscore_value": ("subscores",),
}
"""The public names of each module."""

_MODULES = {name: module for module, names in _NAMES.items() for name in names}
__all__ = sorted(_MODULES)  # noqa: PLE0605


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"module 'examgen.stats' has no attribute {name!r}")
    found = getattr(import_module(f"examgen.stats.{_MODULES[name]}"), name)
    found = _verb(found) if isfunction(found) else found
    globals()[name] = found
    return found


def _verb(function: Callable[..., Any]) -> Callable[..., Any]:
    """The function, which refuses other arguments than its own in a sentence."""
    known = signature(function)

    @wraps(function)
    def verb(*args: Any, **named: Any) -> Any:
        try:
            known.bind(*args, **named)
        except TypeError as error:
            from examgen.stats.arguments import ArgumentError
            from examgen.stats.response_data import responses

            sentence = f"{function.__name__}: {error}; its arguments are {', '.join(known.parameters)}"
            of_reading = [one for one in named if one in signature(responses).parameters]
            if "data" in known.parameters and set(of_reading) - set(known.parameters):
                sentence += f". Read the data by es.responses(data, {of_reading[0]}=…) first"
            raise ArgumentError(sentence) from None
        return function(*args, **named)

    verb.__module__ = __name__
    return verb


def __dir__() -> list[str]:
    return __all__
