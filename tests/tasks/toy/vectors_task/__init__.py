"""A task of another package: a vector to a number."""
