"""What a recipe asks about labels; data only, so that `--help` is there in an instant."""

SEPARATORS = {"|": "|", ";": ";", ",": ",", "/": "/", "+": "+", "space": " "}  # as typed, and as written
ABOUT_SEPARATOR = """separator: What stands between labels in a cell: one of "|", ";", ",", "/", "+" or "space";
    None looks for one of the first three."""
