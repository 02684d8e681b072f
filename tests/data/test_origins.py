"""Where splits are from, as the model card and the report say it."""

from types import SimpleNamespace

import pytest

from kerasft.contract.registry import task_of
from kerasft.contract.splits import Split
from kerasft.data.origins import origin_sentences
from kerasft.exporting import card_front, model_card
from kerasft.inputs.images.encoding import ImageEncoder
from tests.descriptions import of_images

DATA = {"source": "/data/mails.csv", "group": "customer", "test_data": "/data/march.csv"}
GROUPS = "Split by groups ({}): all examples of a group are in one split."
TEST = "The test split is data of its own: {}."


@pytest.mark.parametrize(
    ("data", "sentences"),
    [
        ({"source": "/data/mails.csv"}, []),
        (DATA, [TEST.format("'/data/march.csv'"), GROUPS.format("'customer'")]),
        ({"validation_data": "v/"}, ["The validation split is data of its own: 'v/'."]),
        ({"group": "/home/ann/groups.csv"}, [GROUPS.format("'groups.csv'")]),
        ({"group": "a\x1b[2Jb"}, [GROUPS.format(r"'a\\x1b[2Jb'")]),
        ({"group": ["x"], "test_data": 3}, []),
    ],
)
def test_sentences(data, sentences):
    assert origin_sentences(data) == sentences


def plan_and_run(data):
    split = Split("train", [0], [0], ("a",), ("",))
    splits = SimpleNamespace(source=data["source"], train=split, validation=split, test=split)
    description = of_images(("a", "b"), 16)
    about = SimpleNamespace(licence="", version="")
    plan = SimpleNamespace(
        splits=splits,
        task=task_of("image_classification"),
        model_config=SimpleNamespace(backbone="toy"),
        predictor=SimpleNamespace(schema=description.schema),
        encoder=ImageEncoder(16),
        describe=lambda quantization: description,
        about=lambda quantization: about,
        settings=SimpleNamespace(io="uint8"),
    )
    return plan, SimpleNamespace(config={"data": data}, run_dir="run")


def test_the_card():
    plan, run = plan_and_run(DATA)
    said = model_card._data(plan, run)
    assert TEST.format("`/data/march.csv`") in said and GROUPS.format("`customer`") in said
    assert "data of its own" not in model_card._data(*plan_and_run({"source": "x.csv"}))
    row = SimpleNamespace(quantization="float32", score=1.0, score_name="accuracy")
    exported = SimpleNamespace(row=row, split="test")
    assert '"dataset": {"name": "/data/march.csv"' in card_front.front_matter(exported, plan, run)


def test_a_test_set_of_its_own_is_not_of_the_same_source():
    plan, _ = plan_and_run(DATA)
    assert "is one data set: other cameras" in model_card._limits(plan, own_test=True)
    same = model_card._limits(plan, own_test=False)
    assert "is of the same source as the training data: other cameras" in same
