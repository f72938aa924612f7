"""Addresses of the item bank."""

from django.urls import path

from examgen.web.bank import exchange, history, statements, views, worth, writing

urlpatterns = [
    path("", views.units, name="bank"),
    path("<str:unit>/", views.items, name="bank-unit"),
    path("<str:unit>/authors/", statements.authors, name="bank-authors"),
    path("<str:unit>/new/", writing.new, name="bank-new"),
    path("<str:unit>/findings/", writing.findings, name="bank-findings"),
    path("<str:unit>/preview/", writing.preview, name="bank-preview"),
    path("<str:unit>/check/", worth.check, name="bank-check"),
    path("<str:unit>/coverage/", worth.coverage, name="bank-coverage"),
    path("<str:unit>/media/", worth.media, name="bank-media"),
    path("<str:unit>/media/<path:name>", worth.picture, name="bank-picture"),
    path("<str:unit>/files/", exchange.exchange, name="bank-exchange"),
    path("<str:unit>/export/<str:format>/", exchange.export, name="bank-export"),
    path("<str:unit>/import/", exchange.upload, name="bank-upload"),
    path("<str:unit>/import/<uuid:upload>/", exchange.read, name="bank-read"),
    path("<str:unit>/<str:item>/", writing.item, name="bank-item"),
    path("<str:unit>/<str:item>/pdf/", writing.pdf, name="bank-pdf"),
    path("<str:unit>/<str:item>/status/", writing.status, name="bank-status"),
    path("<str:unit>/<str:item>/history/", history.item, name="bank-history"),
]
