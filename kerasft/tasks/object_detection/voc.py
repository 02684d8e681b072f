"""Boxes of Pascal VOC: an XML for each image, in Annotations/ or beside it, as LabelImg, CVAT and Roboflow write it.

VOC counts pixels from 1 and means the last one, too: a box from 1 to 10 covers the first ten pixels, so its edges are 0
and 10. Where a box of the data begins at 0, numbers can't be counted so: they are taken as edges, and a note says so.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from kerasft.base.errors import InputError, Problem
from kerasft.base.wording import plural, shorten
from kerasft.data.class_list import names_of
from kerasft.inputs.images.voc_lists import LISTS, listed_splits
from kerasft.targets.boxes.spelling import Box
from kerasft.tasks.object_detection.annotated import Annotated, BrokenBoxesError, Found, number_of
from kerasft.tasks.object_detection.files import files_below, is_image, name_below, read_text, split_of_path
from kerasft.tasks.object_detection.voc_xml import Annotation, read_annotation

_ANNOTATIONS, _IMAGES = "annotations", ("jpegimages", "images")
_LISTS = "Main"
_CLASSES_OF_CVAT, _BACKGROUND = "labelmap.txt", "background"
_CORNERS = tuple(f"bndbox/{name}" for name in ("xmin", "ymin", "xmax", "ymax"))


def xml_below(root: Path) -> list[Path]:
    """Returns the XML files below a folder."""
    return [file for file in files_below(root) if file.suffix.lower() == ".xml"]


def has_voc(root: Path) -> bool:
    """Returns whether a folder has XML of images, by the first one below it."""
    if not root.is_dir():
        return False
    first = next((file for file in files_below(root) if file.suffix.lower() == ".xml"), None)
    return first is not None and _read(first)[1] is None


def voc_boxes(root: Path, data_dir: str | Path | None) -> Found:
    """Returns the images that have an XML, with their boxes.

    Args:
        root: The folder of the data.
        data_dir: The folder of the images; None looks for them.

    Raises:
        InputError: No image is there, or a list can't be read.
    """
    images_root = root if data_dir is None else Path(data_dir)
    index, listed = _Index(images_root), listed_splits(root, _LISTS)
    missing, unlisted, read = list[str](), 0, list[tuple[Annotated, Annotation]]()
    for path in xml_below(root):
        found, fault = _read(path)
        file, where = index.find(_folders(path, data_dir), _names_in(path, found)), name_below(path, root)
        if file is None:
            missing.append(where)
            continue
        name = name_below(file, images_root)
        split = _listed_split(name, listed) if listed else split_of_path(name)
        if split is None:
            unlisted += 1
        else:
            read.append((Annotated(name, file, where, [], split, _size_of(found), fault=fault), found))
    if not read:
        what = "no XML has an image of the same name" if missing else "no image has an XML"
        raise InputError(Problem(what, shorten(missing, 3) or str(root), "give their folder with --data-dir"))
    notes = _notes(missing, unlisted, index, [image for image, _ in read])
    images = _with_boxes(read, notes)
    return Found(images, _class_names(root), tuple(notes))


def _read(path: Path) -> tuple[Annotation, BrokenBoxesError | None]:
    try:
        return read_annotation(path), None
    except BrokenBoxesError as error:
        return Annotation(), error


class _Index:
    """The images below a folder, by their folders, whose upper and lower case doesn't count."""

    def __init__(self, root: Path):
        self.folders: dict[str, dict[str, Path]] = {}
        for file in files_below(root):
            if is_image(file):
                own = self.folders.setdefault(str(file.parent).lower(), {})
                own[file.name] = file
                own.setdefault(file.stem, file)

    def find(self, folders: Iterable[Path], names: Iterable[str]) -> Path | None:
        """Returns the first image with one of these names, with suffix or without, in one of these folders."""
        there = [found for each in folders if (found := self.folders.get(str(each).lower()))]
        return next((each[name] for name in names for each in there if name in each), None)

    def beside(self, images: Iterable[Path]) -> set[Path]:
        """Returns all images in the folders of some."""
        folders = {str(image.parent).lower() for image in images}
        return {file for each in folders for file in self.folders[each].values()}


def _names_in(path: Path, found: Annotation) -> tuple[str, str]:
    """Returns what the image of an XML may be called: as the XML, or as it says itself."""
    named = found.fields.get("filename", "").replace("\\", "/").rpartition("/")[2]
    return (named, path.stem) if Path(named).stem == path.stem else (path.stem, named)


def _folders(path: Path, data_dir: str | Path | None) -> Iterator[Path]:
    """Yields where the image of an XML may be."""
    yield path.parent
    parts = path.parent.parts
    places = [k for k, part in enumerate(parts) if part.lower() == _ANNOTATIONS]
    below = parts[places[-1] + 1 :] if places else ()
    if data_dir is not None:
        yield from (Path(data_dir, *below), Path(data_dir))
    elif places:
        above = Path(*parts[: places[-1]])
        yield from (above.joinpath(name, *inner) for name in _IMAGES for inner in (below, ()))
        yield above


def _listed_split(name: str, listed: Mapping[str, str]) -> str | None:
    """Returns the split that the lists have for an image, None where they don't have it."""
    parts = Path(name).with_suffix("").parts
    places = [k for k, part in enumerate(parts) if part.lower() in _IMAGES]
    below = "/".join(parts[places[-1] + 1 :] if places else parts)
    return listed.get(below, listed.get(parts[-1]))


def _size_of(found: Annotation) -> tuple[int, int] | None:
    """Returns width and height, None where they are missing or 0, as some tools write them."""
    texts = [found.fields.get(f"size/{name}", "") for name in ("width", "height")]
    width, height = (int(each) if each.isdecimal() and len(each) < 10 else 0 for each in texts)
    return (width, height) if width and height else None


def _with_boxes(read: Sequence[tuple[Annotated, Annotation]], notes: list[str]) -> list[Annotated]:
    boxes = [_boxes_of(image, found) for image, found in read]
    edges = any(min(box.x1, box.y1) == 0 for each in boxes for box in each)
    if edges:
        notes.append(
            "a box begins at pixel 0, so boxes are taken to count from 0, not from 1 as Pascal VOC does"
        )
    first = 0 if edges else 1
    for (image, _), own in zip(read, boxes, strict=True):
        image.boxes = [box._replace(x1=box.x1 - first, y1=box.y1 - first) for box in own]
    return [image for image, _ in read]


def _boxes_of(image: Annotated, found: Annotation) -> list[Box]:
    try:
        return [_box_of(thing) for thing in found.things]
    except BrokenBoxesError as error:
        image.fault = image.fault or error
        return []


def _box_of(thing: dict[str, str]) -> Box:
    name = thing.get("name", "")
    if not name:
        raise BrokenBoxesError("an object has no name")
    if missing := [key for key in _CORNERS if key not in thing]:
        raise BrokenBoxesError(f"the {name!r} has no {shorten(missing)}")
    x1, y1, x2, y2 = (number_of(thing[key]) for key in _CORNERS)
    return Box(name, x1, y1, x2, y2, thing.get("difficult") == "1")


def _notes(missing: Sequence[str], unlisted: int, index: _Index, images: Sequence[Annotated]) -> list[str]:
    notes = []
    if missing:
        notes.append(f"{plural(len(missing), 'XML file')} without image left out: {shorten(missing, 3)}")
    if unlisted:
        notes.append(f"{plural(unlisted, 'image')} in no list of {LISTS}/{_LISTS} left out")
    used = {image.image for image in images if isinstance(image.image, Path)}
    alone = sorted(file.name for file in index.beside(used) - used)
    if alone and len(alone) > unlisted:
        notes.append(f"{plural(len(alone) - unlisted, 'image')} without XML left out, such as {alone[0]}")
    return notes


def _class_names(root: Path) -> tuple[str, ...]:
    """Returns the classes that CVAT or a `classes.txt` lists; () where nobody does."""
    path = root / _CLASSES_OF_CVAT
    if not path.is_file():
        return names_of(None, root) or ()
    try:
        lines = read_text(path).splitlines()
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", None) or "it is not UTF-8"
        raise InputError(
            Problem(f"the list of classes can't be read: {why}", str(path), "repair or remove it")
        ) from None
    names = (line.split(":")[0].strip() for line in lines if line.strip() and not line.startswith("#"))
    return tuple(name for name in names if name and name != _BACKGROUND)
