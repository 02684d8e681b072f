"""What a recipe asks about masks; data only, so that `--help` is there in an instant."""

DECODERS = ("light", "deeplab")
AUTO, NONE = "auto", "none"  # of the number that doesn't count
ABOUT_MASKS = """classes: The names of the classes in the order of their numbers, with commas between them, or a text
    file with one name per line, and perhaps its colour; None looks for `classes.txt` and the lists of CVAT and CamVid
    beside the data, and else takes the numbers themselves.
ignore: The number of pixels that count for nothing, from 0 to 255; "none": all count; "auto": 255, where it isn't
    the only number besides 0."""
