"""One class of several that have an order, such as grades, as a kind of target."""
