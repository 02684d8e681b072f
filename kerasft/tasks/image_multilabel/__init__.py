"""Images with several labels: which of them are there."""
