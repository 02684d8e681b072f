"""What a recipe asks about numbers; data only, so that `--help` is there in an instant."""

ABOUT_UNIT = """unit: The unit of the numbers, such as "EUR"; of several columns one each, as "EUR,m2". It is told with
    every answer."""
