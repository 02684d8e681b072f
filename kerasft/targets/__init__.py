"""Kinds of answers."""
