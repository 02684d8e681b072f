"""Boxes around things in images, each of a class."""
