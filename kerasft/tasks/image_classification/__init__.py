"""Images to one class of several."""
