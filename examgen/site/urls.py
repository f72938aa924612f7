"""The URLs of the site: those of the views in these modules, and those of allauth."""

from __future__ import annotations

from importlib import import_module

from django.urls import URLPattern, include, path
from django.views.i18n import set_language

from examgen.site.access import PAGES, public

MODULES = (
    "views",
    "handbook",
    "body",
    "public.views",
    "jobs.views",
    "accounts.views",
    "audit.views",
    "standards.views",
    "blueprints.views",
    "exams.views",
    "openings.views",
    "bank.views",
    "bank.reviewing",
    "bank.writing",
    "bank.drafting",
    "bank.exchange",
    "bank.history",
    "papers.views",
    "papers.settings",
    "certificates.views",
    "reviews.views",
    "reviews.evidence",
    "reviews.rating",
    "analyses.views",
    "results.views",
    "results.analysis",
    "results.exports",
    "sittings.sitting_confirmation",
    "sittings.centres",
    "sittings.plan",
    "sittings.assessing",
    "sittings.answers",
    "sittings.scans",
    "sittings.runs",
    "sittings.quarantine",
    "sittings.persons",
    "sittings.cases",
    "sittings.corrections",
)
for module in MODULES:
    import_module(f"examgen.site.{module}")
public("language/", "language")(set_language)


def _words_first(page: URLPattern) -> list[tuple[bool, bool, str]]:
    """Returns the sort key with which `items/new/` comes before `items/<str:item>/`, which would also match
    it."""
    return [(part == "", "<" in part, part) for part in str(page.pattern).split("/")]


urlpatterns = [*sorted(PAGES, key=_words_first), path("accounts/", include("allauth.urls"))]
