"""What a recipe asks about classes with an order; data only, so that `--help` is there in an instant."""

ASKED = "the classes from the lowest to the highest, as bad,fair,good (default: by their numbers)"
ABOUT_ORDER = """order: The classes from the lowest to the highest, as "bad,fair,good" or a list; None is for classes
    that are numbers, such as 1 to 5: these go by their values."""
