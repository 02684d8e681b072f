"""Boxes of YOLO: images and labels in folders side by side, or a file that says where they are."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from kerasft.base.errors import InputError, Problem
from kerasft.base.places import elsewhere
from kerasft.base.wording import plural, shorten
from kerasft.data.class_list import names_of
from kerasft.data.listing import id_below
from kerasft.tasks.object_detection.annotated import Annotated, BrokenBoxesError, Found
from kerasft.tasks.object_detection.files import files_below, is_image, name_below, read_text, split_of_path
from kerasft.tasks.object_detection.yolo_data import YoloData, data_file, place_of, read_data
from kerasft.tasks.object_detection.yolo_labels import read_labels

_IMAGES, _LABELS = "images", "labels"
_OTHERS = {"classes.txt", "notes.txt", "readme.txt", "train.txt", "val.txt", "test.txt"}


@dataclass(frozen=True)
class _Pair:
    image: Path
    label: Path
    split: str


def has_yolo(source: Path) -> bool:
    """Returns whether a source is of YOLO: a file that says where data is, or a folder with labels of boxes."""
    return data_file(source) is not None or bool(_label_folders(source))


def yolo_boxes(source: Path, classes: tuple[str, ...] | None, data_dir: str | Path | None) -> Found:
    """Returns the images, with their boxes; those without a label have none.

    Args:
        source: The folder of the data, or a file that says where it is.
        classes: The names that the user gave, in the order of their numbers.
        data_dir: The folder of the images; None looks for them.

    Raises:
        InputError: A list or the file of the data can't be read, or no image or no label is there.
    """
    file, root = data_file(source), source if source.is_dir() else source.parent
    data = YoloData() if file is None else read_data(file)
    names = data.names
    if names is None and (listed := classes or _listed_names(root)):
        names = dict(enumerate(listed))
    images_root = root if data_dir is None else Path(data_dir)
    pairs = _paired(root, data, None if data_dir is None else images_root)
    with_labels = {pair.label for pair in pairs if pair.label.is_file()}
    if not with_labels:
        found = shorten(each.relative_to(root).as_posix() for each in _label_folders(root)) or "no labels"
        what = "no image has a label of the same name" if pairs else "no image is there"
        raise InputError(Problem(what, f"{root}: {found}", "give the folder of the images with --data-dir"))
    images = [_annotated(pair, images_root, root, names, data.keypoints) for pair in pairs]
    return Found(images, tuple((names or {}).values()), tuple(_notes(pairs, with_labels, names)))


def looks_like_yolo(source: Path) -> bool:
    """Returns the same, for a source that may be of anything: the first label has to be one of boxes."""
    if data_file(source) is not None:
        return True
    labels = (each for folder in _label_folders(source) for each in _labels_in(folder))
    first = next(labels, None)
    try:
        return first is not None and bool(read_labels(first, None) or first.stat().st_size == 0)
    except BrokenBoxesError:
        return False


def _label_folders(root: Path) -> list[Path]:
    """Returns the folders named labels in a folder, and in those of its splits."""
    if not root.is_dir():
        return []
    places = [
        root,
        *sorted(each for each in root.iterdir() if each.is_dir() and split_of_path(f"{each.name}/x")),
    ]
    return [place / _LABELS for place in places if any(_labels_in(place / _LABELS))]


def _labels_in(folder: Path) -> Iterator[Path]:
    """Yields the labels below a folder."""
    return (
        each for each in files_below(folder) if each.suffix == ".txt" and each.name.lower() not in _OTHERS
    )


def _listed_names(root: Path) -> tuple[str, ...] | None:
    found = names_of(None, root)
    return found or next((names for each in _label_folders(root) if (names := names_of(None, each))), None)


def _paired(root: Path, data: YoloData, images: Path | None) -> list[_Pair]:
    """Returns all images with where their labels would be, sorted by file."""
    pairs: dict[Path, _Pair] = {}
    for split, places in data.sets.items() if images is None else ():
        for file in _images_of(places, data.roots):
            pairs.setdefault(file, _Pair(file, _label_of(file), split))
    if not pairs:
        folders = _label_folders(root)
        there = [images] if images is not None else [each.with_name(_IMAGES) for each in folders]
        for folder in there:
            for file in filter(is_image, files_below(folder)):
                label = _label_in(file, folder, folders) if images is not None else _label_of(file)
                split = split_of_path(name_below(label, root))
                pairs.setdefault(file, _Pair(file, label, split))
    splits = {pair.split for pair in pairs.values()}
    if "train" not in splits:  # one list or folder, which is all there is
        return [_Pair(pair.image, pair.label, "") for _, pair in sorted(pairs.items())]
    return [pair for _, pair in sorted(pairs.items())]


def _images_of(places: Iterable[str], roots: tuple[Path, ...]) -> Iterable[Path]:
    for name in places:
        place = place_of(name, roots)
        if place is None:
            what = "the file of the data names images that are not there"
            raise InputError(Problem(what, name, "give the folder that holds them, or put it right"))
        if place.is_dir():
            yield from filter(is_image, files_below(place))
        else:
            yield from _listed_images(place, roots)


def _listed_images(path: Path, roots: tuple[Path, ...]) -> Iterable[Path]:
    try:
        lines = [line.strip() for line in read_text(path).splitlines()]
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", None) or "it is not UTF-8"
        step = "give a list with one image in each line"
        raise InputError(Problem(f"a list of images can't be read: {why}", str(path), step)) from None
    for line in filter(None, lines):
        found = None if elsewhere(line) else place_of(line, (*roots, path.parent))
        if found is None:
            step = "put the list right: paths are relative to the folder of the data"
            raise InputError(Problem(f"{path.name} names an image that is not there", line, step))
        yield found


def _label_of(image: Path) -> Path:
    """Returns the label of an image: in labels/ where it is in images/, else beside it."""
    parts = list(image.parts)
    places = [k for k, part in enumerate(parts[:-1]) if part.lower() == _IMAGES]
    if places:
        parts[places[-1]] = _LABELS
        other = Path(*parts).with_suffix(".txt")
        if other.is_file() or not image.with_suffix(".txt").is_file():
            return other
    return image.with_suffix(".txt")


def _label_in(image: Path, images: Path, folders: Iterable[Path]) -> Path:
    """Returns the label of an image that lies elsewhere: by its path below its folder, in one of these."""
    name = image.relative_to(images).with_suffix(".txt")
    ways = [folder / each for folder in folders for each in (name, name.name)]
    return next((each for each in ways if each.is_file()), image.with_suffix(".txt"))


def _annotated(
    pair: _Pair, images: Path, root: Path, names: Mapping[int, str] | None, keypoints: int
) -> Annotated:
    found = Annotated(
        id_below(pair.image, images),
        pair.image,
        name_below(pair.label, root),
        split=pair.split,
        shares=True,
    )
    if pair.label.exists():
        try:
            found.boxes = read_labels(pair.label, names, keypoints)
        except BrokenBoxesError as error:
            found.fault = error
    return found


def _notes(pairs: list[_Pair], there: set[Path], names: Mapping[int, str] | None) -> list[str]:
    notes = []
    if bare := [pair.image.name for pair in pairs if pair.label not in there]:
        notes.append(
            f"{plural(len(bare), 'image')} without a label, and so without boxes: {shorten(bare, 3)}"
        )
    folders = {label.parent for label in there}
    labels = {each for folder in folders for each in folder.glob("*.txt") if each.name.lower() not in _OTHERS}
    if alone := sorted(each.name for each in labels - there):
        notes.append(f"{plural(len(alone), 'label')} without image left out: {shorten(alone, 3)}")
    if names is None:
        notes.append("classes are called by their numbers (--classes names them)")
    return notes
