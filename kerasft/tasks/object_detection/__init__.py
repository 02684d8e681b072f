"""Images to boxes around things."""
