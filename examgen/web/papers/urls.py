"""Addresses of the papers of an exam."""

from django.urls import path

from examgen.web.papers import settings, views

urlpatterns = [
    path("<str:exam>/papers/", views.papers, name="papers"),
    path("<str:exam>/papers/list/", views.candidates, name="papers-list"),
    path("<str:exam>/papers/print/", views.printing, name="papers-print"),
    path("<str:exam>/papers/settings/", settings.paper_settings, name="papers-settings"),
    path("<str:exam>/papers/settings/draft/", settings.draft, name="papers-draft"),
    path("<str:exam>/papers/settings/look/", settings.ask_look, name="papers-look"),
    path("<str:exam>/papers/settings/look/<uuid:look>/", settings.pages, name="papers-pages"),
    path("<str:exam>/papers/settings/look/<uuid:look>/pages.png", settings.picture, name="papers-picture"),
    path("<str:exam>/papers/files/<str:file>/", views.file, name="papers-file"),
    path("<str:exam>/papers/rooms/<str:room>/", views.room, name="papers-room"),
]
