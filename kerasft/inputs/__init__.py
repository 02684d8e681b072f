"""Kinds of examples."""
