"""Texts: reading, encoding, explaining, examining."""
