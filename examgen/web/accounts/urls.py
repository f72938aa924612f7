"""Addresses of accounts."""

from django.urls import path

from examgen.web.accounts import views

urlpatterns = [
    path("me/", views.me, name="me"),
    path("accounts/password/reset/", views.lost_password, name="lost-password"),
    path("me/sessions/", views.end_own, name="end-own-sessions"),
    path("people/", views.people, name="people"),
    path("people/sessions/", views.end_all, name="end-all-sessions"),
    path("people/waiting/<int:waiting>/", views.second, name="second-administrator"),
    path("people/<int:person>/", views.person, name="person"),
    path("people/<int:person>/roles/<int:grant>/", views.take_role, name="take-role"),
    path("accounts/email/", views.no_addresses, name="no-addresses"),
    path("accounts/confirm-email/", views.no_addresses, name="no-address-confirmed"),
    path("accounts/confirm-email/<str:key>/", views.no_addresses, name="no-address-confirmed-by"),
    path("people/<int:person>/address/", views.address, name="address"),
    path("people/<int:person>/close/", views.close, name="close-account"),
    path("people/<int:person>/link/", views.new_link, name="new-link"),
    path("people/<int:person>/sessions/", views.end_of, name="end-sessions"),
    path("people/<int:person>/factor/", views.forget_factor, name="forget-factor"),
]
