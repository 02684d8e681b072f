"""Image regression: an image to a number."""
