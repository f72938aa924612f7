"""Scanned answer sheets → answers: read, decided on by people, given back with their scores."""
