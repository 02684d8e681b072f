"""Texts with several labels: which of them fit."""
