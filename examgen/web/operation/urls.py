"""Addresses for who runs the site."""

from django.urls import path

from examgen.web.operation import views

urlpatterns = [
    path("health/", views.health, name="health"),
    path("metrics/", views.metrics, name="metrics"),
    path(".well-known/security.txt", views.security_txt, name="security-txt"),
]
