"""One box of an answer is explained, or the pixels of a class: what speaks for it lies there, and nowhere else."""

import numpy as np
import pytest

import kerasft
from kerasft.base.errors import InputError
from kerasft.contract.registry import task_of
from kerasft.inputs.images.encoding import ImageEncoder
from kerasft.inputs.images.overlay import overlay
from kerasft.predicting.predictor import Predictor
from kerasft.targets.boxes.anchors import anchors_of
from kerasft.targets.boxes.claim import claim_of as box_claim
from kerasft.targets.boxes.kind import BOXES as BOX_KIND
from kerasft.targets.boxes.schema import Boxes
from kerasft.targets.masks.claim import claim_of as mask_claim
from kerasft.targets.masks.schema import Masks

SIZE = 32
BOXES = Boxes(("red", "blue"), SIZE, sides=(8.0, 16.0, 32.0), threshold=0.5)
MASKS = Masks(("ground", "red", "blue"), (0, 1, 2), SIZE, shares=(0.8, 0.1, 0.1))
FIRST, SECOND = np.s_[8:16, 0:8], np.s_[16:24, 24:32]  # cells of the finest anchors


class Planted(Predictor):
    """A network that finds things by their colour, each place by itself; without gradients it stands for a file."""

    def __init__(self, task, schema, model, kind="run"):
        super().__init__(kind, task_of(task), ImageEncoder(SIZE), None, schema)
        self.network, self.gives = model, kind == "run"

    @property
    def model(self):
        return self.network if self.gives else None

    def predict(self, images):
        outputs = np.asarray(self.network(np.asarray(images, "float32"), training=False))
        return self.task.targets.finish(outputs, self.schema, {})


def image():
    """A strong red cell, a weaker red one, and a blue one, on black."""
    found = np.zeros((SIZE, SIZE, 3), "uint8")
    found[FIRST], found[SECOND], found[24:32, 0:8] = (250, 0, 0), (200, 0, 0), (0, 0, 220)
    return found


@pytest.fixture(scope="module")
def networks():
    """One for boxes, with a second output that goes around the top of the backbone, and one for masks."""
    import keras
    from keras import layers, ops

    given = keras.Input((SIZE, SIZE, 3), name="planted_image")
    means = {side: np.eye(3)[None, None] * np.full((side, side, 1, 1), side**-2.0) for side in (8, 2)}
    fine, coarse = (
        layers.Conv2D(
            3, side, side, kernel_initializer=keras.initializers.Constant(mean), name=f"planted_{side}"
        )
        for side, mean in means.items()
    )
    fine = fine(given)
    coarse = coarse(fine)
    backbone = keras.Model(given, {"stride_8": fine, "stride_16": coarse}, name="backbone")
    maps = backbone(given)
    cells = [
        ops.reshape(maps[name], (-1, places, 3)) for name, places in (("stride_8", 16), ("stride_16", 4))
    ]
    cells = ops.pad(ops.concatenate([cells[0], 0 * cells[1]], axis=1), [[0, 0], [0, 1], [0, 0]])
    scores = ops.stack([cells[..., 0], cells[..., 2]], axis=-1) / 25 - 5
    boxes = keras.Model(
        given, ops.concatenate([ops.zeros_like(ops.repeat(scores, 2, axis=-1)), scores], axis=-1)
    )
    whole = keras.Model(given, layers.ReLU(name="planted_whole")(given), name="backbone")
    seen = whole(given)
    ground = ops.zeros_like(seen[..., :1]) + 100
    masks = keras.Model(given, ops.concatenate([ground, seen[..., :1], seen[..., 2:]], axis=-1) / 25)
    return {"object_detection": boxes, "image_segmentation": masks}


def inside(found, place):
    """The share of all evidence for the claim that lies in a place of the image."""
    evidence = np.maximum(found.attribution, 0)
    return evidence[place].sum() / evidence.sum()


@pytest.mark.parametrize(
    ("method", "kind"),
    [("grad-cam", "run"), ("integrated-gradients", "run"), ("occlusion", "run"), ("occlusion", "tflite")],
)
@pytest.mark.parametrize(("target", "place"), [(None, FIRST), ("blue", np.s_[24:32, 0:8])])
def test_a_box_is_explained_by_what_is_in_it(networks, method, kind, target, place):
    predictor = Planted("object_detection", BOXES, networks["object_detection"], kind)
    patch = {"patch": 8} if method == "occlusion" else {}
    (found,) = kerasft.explain(predictor, image(), method=method, target=target, **patch)
    assert found.claim.class_name == (target or "red") and found.claim.shown
    assert found.claim.region[place].all() and found.claim.region.sum() == 64
    least = (
        0.3 if method == "grad-cam" else 0.5 if method == "occlusion" else 0.999
    )  # spread by enlarging, by patches
    assert inside(found, place) > least
    assert not np.maximum(found.attribution[SECOND], 0).any()  # another red box says nothing about this one
    if found.completeness is not None:
        assert found.completeness.relative_error < 1e-3


@pytest.mark.parametrize("method", ["grad-cam", "integrated-gradients", "occlusion"])
def test_pixels_of_a_class_are_explained_by_what_is_there(networks, method):
    predictor = Planted("image_segmentation", MASKS, networks["image_segmentation"])
    patch = {"patch": 8} if method == "occlusion" else {}
    (found,) = kerasft.explain(predictor, image(), method=method, **patch)
    reds = found.claim.region
    assert found.claim.class_name == "red" and reds[FIRST].all() and reds[SECOND].all() and reds.sum() == 128
    assert found.claim.share == 128 / SIZE**2 and "12.5% of the image" in str(found)
    assert inside(found, reds) > (0.5 if method == "occlusion" else 0.999)
    assert not np.maximum(found.attribution[24:32, 0:8], 0).any()


def test_the_map_has_a_line_around_what_is_explained(networks):
    predictor = Planted("object_detection", BOXES, networks["object_detection"])
    (found,) = kerasft.explain(predictor, image(), target="red")
    white = (overlay(found) == 255).all(axis=-1)
    assert white[FIRST][[0, -1]].all() and white[FIRST][:, [0, -1]].all() and white.sum() == 4 * 7
    assert (overlay(found, 96) == 255).all(axis=-1).sum() == 4 * 23


def test_the_best_box_of_a_class_is_explained_even_if_it_is_not_shown():
    answer = np.zeros((len(anchors_of(SIZE, BOXES.sides)), 6), "float32")
    answer[3] = (0.25, 0.5, 0.5, 0.75, 0.9, 0.1)
    answer[7] = (0.0, 0.5, 0.5, 1.0, 0.2, 0.3)
    assert str(box_claim(answer, BOXES)) == "red 0.900 at 8,16 8x8"
    faint = box_claim(answer, BOXES, "blue")
    assert faint.title == "blue  0.30   (not in the answer)" and not faint.as_dict()["in_answer"]
    assert faint.anchor == 7 and np.argwhere(faint.weights((21, 6))).tolist() == [[7, 5]]


def test_each_box_of_an_image_can_be_explained_by_its_place_among_them(networks):
    predictor = Planted("object_detection", BOXES, networks["object_detection"])
    listed = [kerasft.explain(predictor, image(), nth=k)[0].claim for k in (1, 2, 3)]
    assert sorted(each.class_name for each in listed) == ["blue", "red", "red"]
    assert [each.score for each in listed] == sorted((each.score for each in listed), reverse=True)
    answer = predictor.predict(image()[None])[0]
    said = BOX_KIND.decode(answer, BOXES, {}, 3).boxes
    assert [(each.name, each.corners) for each in said[:3]] == [
        (one.class_name, one.corners) for one in listed
    ]
    reds = [kerasft.explain(predictor, image(), target="red", nth=k)[0] for k in (1, 2)]
    assert {each.claim.region[place].all() for each, place in zip(reds, (FIRST, SECOND), strict=True)} == {
        True
    }
    assert inside(reds[1], SECOND) > 0.3 and not np.maximum(reds[1].attribution[FIRST], 0).any()
    with pytest.raises(
        InputError, match=r"no box --nth 9 of 'blue' \(received: .*: \d+ box.* found\); use --nth 1 to"
    ):
        kerasft.explain(predictor, image(), target="blue", nth=9)
    with pytest.raises(InputError, match="--nth counts from 1"):
        kerasft.explain(predictor, image(), nth=0)
    masks = Planted("image_segmentation", MASKS, networks["image_segmentation"])
    with pytest.raises(InputError, match="answers of this model have one part .received: --nth 2"):
        kerasft.explain(masks, image(), nth=2)


def test_a_finished_box_is_followed_by_its_place_since_rows_change_theirs():
    from dataclasses import replace

    box, other = (0.25, 0.5, 0.5, 0.75), (0.0, 0.0, 0.2, 0.2)
    before = np.array([[*box, 0.9, 0], [*other, 0.6, 0]], "float32")
    after = np.array([[*other, 0.6, 0], [*box, 0.2, 0]], "float32")
    gone = np.array([[*other, 0.6, 0], [0, 0, 0, 0, 0, 0]], "float32")
    claim = box_claim(before, replace(BOXES, form="boxes"))
    assert claim.needed(np.stack([before, after, gone])).tolist() == pytest.approx([0.9, 0.2, 0])


def test_the_commonest_class_is_explained_only_where_it_is_alone_or_asked_for():
    answer = np.zeros((4, 4, 3), "float32")
    answer[..., 0] = 1
    assert mask_claim(answer, MASKS).class_name == "ground"
    answer[0, 0] = (0.2, 0.1, 0.7)
    assert mask_claim(answer, MASKS).class_name == "blue"
    assert mask_claim(answer, MASKS, "ground").share == 15 / 16
    absent = mask_claim(answer, MASKS, "red")
    assert absent.region is None and "(not in the answer)" in str(absent)
    weights = absent.weights((4, 4, 3))
    assert weights[..., 1].sum() == pytest.approx(1) and not weights[..., [0, 2]].any()


@pytest.mark.parametrize(("task", "schema"), [("object_detection", BOXES), ("image_segmentation", MASKS)])
def test_a_class_that_is_not_there_is_refused(networks, task, schema):
    predictor = Planted(task, schema, networks[task])
    with pytest.raises(
        InputError, match="--target is no class or label .*received: bleu.*did you mean 'blue'"
    ):
        kerasft.explain(predictor, image(), target="bleu")
