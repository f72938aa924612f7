"""Addresses of the papers of an exam."""

from django.urls import path

from examgen.web.papers import views

urlpatterns = [
    path("<str:exam>/papers/", views.papers, name="papers"),
    path("<str:exam>/papers/list/", views.candidates, name="papers-list"),
    path("<str:exam>/papers/print/", views.printing, name="papers-print"),
    path("<str:exam>/papers/files/<str:file>/", views.file, name="papers-file"),
    path("<str:exam>/papers/rooms/<str:room>/", views.room, name="papers-room"),
]
