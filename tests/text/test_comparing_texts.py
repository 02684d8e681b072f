"""The ways to train, on texts and a toy BERT."""

import pytest

import kerasft
from kerasft.contract.grid import WAYS, ClassGrid


@pytest.mark.slow
def test_texts_can_be_compared_too(bert_preset, tmp_path):
    kinds = {"parcel": "where is the parcel, item {}", "app": "the app crashes when i open item {}"}
    texts = [(text.format(number), kind) for number in range(30) for kind, text in kinds.items()]
    splits = kerasft.read_texts([text for text, _ in texts], labels=[kind for _, kind in texts])

    def build(pretrained, seed):
        return kerasft.build_model(
            "text_classification", backbone=str(bert_preset), class_names=splits.class_names, sequence_length=16,
            weights="pretrained" if pretrained else None, precision="float32", seed=seed,
        )  # fmt: skip

    grid = ClassGrid(labels_per_class="10", seeds=1, min_steps=60, scratch_learning_rate=2e-2)
    found = kerasft.compare_ways(build, splits, tmp_path, grid, verbose=False)
    assert found.ways() == list(WAYS)
    assert {cell.examples for cell in found.cells} == {20} and {cell.steps for cell in found.cells} == {60}
    # the toy's own weights are random and small, so that one way alone learns in so few steps
    assert found.cells[0].way == "scratch" and found.cells[0].score > 0.7
