"""Addresses of jobs."""

from django.urls import path

from examgen.web.jobs import views

urlpatterns = [
    path("", views.jobs, name="jobs"),
    path("<uuid:job>/", views.job, name="job"),
]
