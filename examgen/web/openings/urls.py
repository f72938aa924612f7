"""Addresses of openings."""

from django.urls import path

from examgen.web.openings import views

urlpatterns = [
    path("openings/", views.waiting, name="openings-waiting"),
    path("exams/<str:exam>/openings/", views.openings, name="openings"),
    path("exams/<str:exam>/openings/<uuid:opening>/answer/", views.answer, name="opening-answer"),
    path("exams/<str:exam>/openings/<uuid:opening>/close/", views.close, name="opening-close"),
    path("exams/<str:exam>/openings/<uuid:opening>/<int:number>/", views.take, name="opening-take"),
]
