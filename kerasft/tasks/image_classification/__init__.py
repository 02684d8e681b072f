"""Pictures to one class of several."""
