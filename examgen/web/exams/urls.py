"""Addresses of exams."""

from django.urls import path

from examgen.web.exams import views

urlpatterns = [
    path("", views.exams, name="exams"),
    path("<str:exam>/", views.exam, name="exam"),
    path("<str:exam>/figures/", views.figures, name="exam-figures"),
    path("<str:exam>/verify/", views.verify, name="exam-verify"),
]
