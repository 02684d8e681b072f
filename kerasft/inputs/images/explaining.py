"""The methods for images. All take what the model sees, and give one map (height, width) for each image."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from kerasft.base.errors import InputError, Problem
from kerasft.contract.explanation import Claim
from kerasft.contract.predicting import Predicting
from kerasft.networks.completeness import Completeness
from kerasft.networks.division import Divided

if TYPE_CHECKING:
    import keras

    from kerasft.networks.gradients import Score

SHARE_OF_PATCH = 6  # an occluding patch has a sixth of the image's side, and moves by half of its own
OCCLUDED_AT_ONCE = 128  # images
_FROM = "from a grey image as bright as this one"


@dataclass(frozen=True)
class Found:
    """What a method found in one image.

    Args:
        attribution: float32 (height, width).
        about: What it was run with, in words.
        completeness: Of integrated gradients.
    """

    attribution: np.ndarray
    about: str
    completeness: Completeness | None = None


def grad_cam(predictor: Predicting, images: np.ndarray, claims: Sequence[Claim]) -> list[Found]:
    """Weighs the channels of the last feature map by how much an output, such as a class's logit, depends on them.

    The weight of a channel is the mean of its gradient over the positions; what is below 0 after the weighing is cut,
    unless it says as much: of a number, what makes it lower. What is said of a part of the image depends on where
    something is: each position then has weights of its own, and the map is one that everything goes through.
    Sources: Selvaraju et al. 2017, "Grad-CAM", equations 1 and 2; Draelos and Carin 2020, "Use HiResCAM instead of
    Grad-CAM for faithful explanations of convolutional neural networks", equation 3.

    Args:
        predictor: A `Predictor` of a run.
        images: uint8 (images, size, size, 3).
        claims: (images,) what is explained.
    """
    from kerasft.networks.division import divide, feature_map

    local = any(each.local for each in claims)
    place = feature_map(predictor.model.get_layer("backbone"), alone=local)
    if place is None:
        raise _unfit("grad-cam", "the backbone has no feature maps", "token-gradients")
    divided = divide(predictor.model, place.cut)

    def maps(features: np.ndarray, slopes: np.ndarray) -> np.ndarray:
        weights = slopes if local else slopes.mean(axis=(1, 2), keepdims=True)
        return (features * weights).sum(axis=-1)

    found = _at_cut(predictor.model, divided, images, claims, maps)
    least = -np.inf if any(each.two_sided for each in claims) else 0
    return [
        Found(np.maximum(_enlarge(np.maximum(each, least), images.shape[1]), least), str(place))
        for each in found
    ]


def token_gradients(
    predictor: Predicting, images: np.ndarray, claims: Sequence[Claim], steps: int
) -> list[Found]:
    """Integrated gradients of the patches' embeddings: each patch's share in the class's logit, with its sign.

    The embeddings are the lowest tokens of the backbone. Above them every token may hold what was seen elsewhere, so
    gradients taken there say little about places (docs/explanations.md has the measurement). See
    `integrated_gradients` for baseline and arguments.
    """
    import keras

    from kerasft.networks.division import divide, patch_size_of, patch_tokens
    from kerasft.networks.gradients import batch_size, integrate

    model = predictor.model
    places = patch_tokens(model.get_layer("backbone"), images.shape[1], patch_size_of(model.kerasft))
    if not places:
        raise _unfit("token-gradients", "the backbone has no patch tokens", "grad-cam")
    place, at_once = places[-1], batch_size(model)
    divided = divide(model, place.cut)
    found = []
    for image, claim in zip(images.astype("float32"), claims, strict=True):
        both = divided.lower(keras.ops.convert_to_tensor(np.stack([image, _blank(image)])), training=False)
        tokens, blank = np.asarray(keras.ops.convert_to_numpy(both["cut_0"]), "float32")
        score = _score(lambda batch: divided.upper({"cut_0": batch}, training=False), model, [claim])
        shares, completeness = integrate(score, tokens, blank, steps, at_once)
        grid = shares.sum(axis=-1)[place.prefix :].reshape(place.grid)
        found.append(Found(_enlarge(grid, images.shape[1]), f"{place}, {_FROM}", completeness))
    return found


def integrated_gradients(
    predictor: Predicting, images: np.ndarray, claims: Sequence[Claim], steps: int
) -> list[Found]:
    """Adds up the gradients on the way from an image without contents to the image: each pixel's share.

    The baseline is grey, as bright as the image on average. Source: Sundararajan et al. 2017, "Axiomatic
    Attribution for Deep Networks". See `grad_cam` for the arguments; `steps` is the number of points on the way.
    """
    from kerasft.networks.gradients import batch_size, integrate

    at_once = batch_size(predictor.model)
    found = []
    for image, claim in zip(images.astype("float32"), claims, strict=True):
        score = _score(lambda batch: predictor.model(batch, training=False), predictor.model, [claim])
        attribution, completeness = integrate(score, image, _blank(image), steps, at_once)
        found.append(Found(attribution.sum(axis=-1), _FROM, completeness))
    return found


def occlusion(
    predictor: Predicting, images: np.ndarray, claims: Sequence[Claim], patch: int | None
) -> list[Found]:
    """Covers each part of the image in turn and looks how much weaker the answer says what is explained.

    A pixel's value is the mean fall over the patches that covered it. Source: Zeiler and Fergus 2014, "Visualizing
    and Understanding Convolutional Networks", section 4.2. It needs predictions only.

    Args:
        predictor: Any predictor of images.
        images: uint8 (images, size, size, 3).
        claims: (images,) what is explained: of classes it is the log-odds that fall.
        patch: Pixels to a side of the patch; None: a sixth of the image's.
    """
    size = images.shape[1]
    patch = max(1, round(size / SHARE_OF_PATCH)) if patch is None else patch
    if not 1 <= patch <= size:
        hint = f"use --patch 1 to {size}, or leave it out"
        raise InputError(Problem("the patch doesn't fit into the image", f"{patch} pixels", hint))
    step = max(1, patch // 2)
    starts = sorted({*range(0, size - patch, step), size - patch})
    corners = [(top, left) for top in starts for left in starts]
    about = f"a patch of {patch} x {patch} pixels, grey as bright as the image, moved by {step}"
    return [
        Found(_occlude(predictor, image, claim, corners, patch), about)
        for image, claim in zip(images, claims, strict=True)
    ]


def _occlude(
    predictor: Predicting, image: np.ndarray, claim: Claim, corners: Sequence[tuple[int, int]], patch: int
) -> np.ndarray:
    blank = np.round(_blank(image.astype("float32"))).astype("uint8")
    answers = [claim.needed(predictor.predict(image[None]))]
    for start in range(0, len(corners), OCCLUDED_AT_ONCE):
        chunk = corners[start : start + OCCLUDED_AT_ONCE]
        covered = np.repeat(image[None], len(chunk), axis=0)
        for each, (top, left) in zip(covered, chunk, strict=True):
            place = slice(top, top + patch), slice(left, left + patch)
            each[place] = blank[place]
        answers.append(claim.needed(predictor.predict(covered)))
    odds = claim.strength(np.concatenate(answers))
    total, count = np.zeros(image.shape[:2]), np.zeros(image.shape[:2])
    for (top, left), value in zip(corners, odds[0] - odds[1:], strict=True):
        total[top : top + patch, left : left + patch] += value
        count[top : top + patch, left : left + patch] += 1
    return (total / count).astype("float32")


def _at_cut(
    model: keras.Model,
    divided: Divided,
    images: np.ndarray,
    claims: Sequence[Claim],
    maps: Callable[..., np.ndarray],
) -> np.ndarray:
    """Returns what `maps` makes of the values at a cut (n, ...) and their gradients, for all images."""
    import keras

    from kerasft.networks.gradients import batch_size, gradient

    at_once, found = batch_size(model), []
    for start in range(0, len(images), at_once):
        batch = images[start : start + at_once].astype("float32")
        below = divided.lower(keras.ops.convert_to_tensor(batch), training=False)
        values = np.asarray(keras.ops.convert_to_numpy(below["cut_0"]), "float32")
        chosen = claims[start : start + at_once]
        score = _score(lambda tensor: divided.upper({"cut_0": tensor}, training=False), model, chosen)
        found.append(maps(values, gradient(score, values)))
    return np.concatenate(found)


def _score(function: Score, model: keras.Model, claims: Sequence[Claim]) -> Score:
    """Returns what is explained, or is for each of a batch, as a function of what `function` takes."""
    from kerasft.networks.gradients import weighted_score

    shape = model.output_shape[1:]
    return weighted_score(function, np.stack([claim.weights(shape) for claim in claims]))


def _enlarge(grid: np.ndarray, size: int) -> np.ndarray:
    """Returns a map of positions at the image's size, smoothly in between."""
    from PIL import Image

    image = Image.fromarray(np.asarray(grid, "float32"), mode="F")
    return np.asarray(image.resize((size, size), Image.Resampling.BILINEAR))


def _blank(image: np.ndarray) -> np.ndarray:
    """Returns a grey image (height, width, 3) float32, as bright as another on average.

    Grey, and not its mean colour: that of a red flower would still be red.
    """
    return np.full(image.shape, image.mean(), "float32")


def _unfit(method: str, why: str, other: str) -> InputError:
    hint = f"use --method {other}, integrated-gradients or occlusion"
    return InputError(Problem(f"{method} can't explain this model: {why}", method, hint))
