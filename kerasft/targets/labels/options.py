"""What a recipe asks about labels; data only, so that `--help` is there in an instant."""

SEPARATORS = {"|": "|", ";": ";", ",": ",", "/": "/", "+": "+", "space": " "}  # as typed, and as written
