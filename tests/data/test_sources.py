"""A task may find its images and their answers in a way of its own."""

from dataclasses import replace

from kerasft.data.given import Given
from kerasft.data.placing import Wish
from kerasft.data.splits_file import write_splits
from kerasft.inputs.images.reading import read_split, read_splits, restore_splits
from kerasft.inputs.images.sources import Sources, list_source, locate
from kerasft.inputs.images.splits import ImageReading
from kerasft.targets.classes.kind import CLASSES
from tests.conftest import write_pictures

READING = ImageReading(8)


def only_named_0(listing):
    return replace(listing, items=lambda: (item for item in listing.items() if "0" in item.id))


def test_images_are_listed_and_found_again_as_the_task_does_it(tmp_path):
    asked = []

    def own_list(given, *rest, **options):
        asked.append(str(given.source))
        return only_named_0(list_source(given, *rest, **options))

    def own_locate(data, *rest):
        asked.append("again")
        return locate(data, *rest)

    root, sources = write_pictures(tmp_path / "data", per_class=12, size=9), Sources(own_list, own_locate)
    splits = read_splits(Given(root), CLASSES, READING, Wish(0.2, 0.2, 0), sources=sources)
    named = [name for split in (splits.train, splits.validation, splits.test) for name in split.ids]
    assert named and all("0" in name for name in named)
    written = write_splits(splits, tmp_path / "splits.csv")
    data = {"source": splits.source}
    again = restore_splits(written, data, CLASSES, splits.schema, READING, sources=sources)
    assert again.train.ids == splits.train.ids
    assert len(read_split(Given(root, wanted=splits.schema), CLASSES, READING, sources=sources)) == len(named)
    assert asked == [str(root), "again", str(root)]
