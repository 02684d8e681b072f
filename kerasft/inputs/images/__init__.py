"""Images: reading, augmenting, explaining, examining."""
