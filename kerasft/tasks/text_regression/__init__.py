"""Text regression: a text, or a pair of texts, to numbers."""
