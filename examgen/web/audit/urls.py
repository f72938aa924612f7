"""Addresses of the record."""

from django.urls import path

from examgen.web.audit import views

urlpatterns = [
    path("", views.entries, name="record"),
    path("check/", views.check, name="check-record"),
    path("record.csv", views.export, {"kind": "csv"}, name="record-csv"),
    path("record.jsonl", views.export, {"kind": "jsonl"}, name="record-jsonl"),
]
