"""A number as a kind of target."""
