"""Addresses of the site; every view says who may open it (`access`)."""

from __future__ import annotations

from django.urls import include, path
from django.views.i18n import set_language

from examgen.web import views
from examgen.web.access import public

urlpatterns = [
    path("", views.home, name="home"),
    path("language/", public(set_language), name="language"),
    path("", include("examgen.web.accounts.urls")),
    path("", include("examgen.web.operation.urls")),
    path("record/", include("examgen.web.audit.urls")),
    path("blueprints/", include("examgen.web.blueprints.urls")),
    path("exams/", include("examgen.web.exams.urls")),
    path("exams/", include("examgen.web.papers.urls")),
    path("", include("examgen.web.openings.urls")),
    path("work/", include("examgen.web.jobs.urls")),
    path("reviews/", include("examgen.web.reviews.urls")),
    path("standards/", include("examgen.web.standards.urls")),
    path("bank/", include("examgen.web.bank.urls")),
    path("", include("examgen.web.sittings.urls")),
    path("", include("examgen.web.results.urls")),
    path("analyses/", include("examgen.web.analyses.urls")),
    path("verify/", include("examgen.web.public.urls")),
    path("accounts/", include("allauth.urls")),
]
