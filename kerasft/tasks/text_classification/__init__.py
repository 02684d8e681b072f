"""Texts, or pairs of texts, to one class of several."""
