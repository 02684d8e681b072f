"""Masks: a class for each pixel."""
