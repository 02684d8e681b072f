"""Image regression: an image to numbers."""
