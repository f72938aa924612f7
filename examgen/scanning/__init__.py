"""Scanned answer sheets → answers: read, decided on by people, returned with their scores."""
