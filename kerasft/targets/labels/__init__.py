"""Several labels, or none, as a kind of target."""
