"""Runs: their folders, models and bundles."""
