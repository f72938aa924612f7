"""Addresses of the item bank."""

from django.urls import path

from examgen.web.bank import history, views, writing

urlpatterns = [
    path("", views.units, name="bank"),
    path("<str:unit>/", views.items, name="bank-unit"),
    path("<str:unit>/new/", writing.new, name="bank-new"),
    path("<str:unit>/findings/", writing.findings, name="bank-findings"),
    path("<str:unit>/preview/", writing.preview, name="bank-preview"),
    path("<str:unit>/<str:item>/", writing.item, name="bank-item"),
    path("<str:unit>/<str:item>/pdf/", writing.pdf, name="bank-pdf"),
    path("<str:unit>/<str:item>/status/", writing.status, name="bank-status"),
    path("<str:unit>/<str:item>/history/", history.item, name="bank-history"),
]
