"""The methods for images."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from kerasft.base.file_names import FileNames
from kerasft.contract.explanation import Answered, Explainer
from kerasft.contract.predicting import Predicting
from kerasft.inputs.images import explaining
from kerasft.inputs.images.explanation import ImageExplanation
from kerasft.inputs.images.overlay import write_png

if TYPE_CHECKING:
    import keras


class ImageExplainer(Explainer[np.ndarray, ImageExplanation]):
    """Maps over images."""

    methods = ("grad-cam", "token-gradients", "integrated-gradients", "occlusion")
    takes_patch = True

    def automatic(self, model: keras.Model) -> str:
        """Returns Grad-CAM for backbones with feature maps, token gradients for those with patch tokens."""
        from kerasft.networks.division import feature_map, patch_size_of, patch_tokens

        backbone = model.get_layer("backbone")
        if feature_map(backbone) is not None:
            return "grad-cam"
        size = model.kerasft.image_size
        return (
            "token-gradients" if patch_tokens(backbone, size, patch_size_of(model.kerasft)) else "occlusion"
        )

    def explain(
        self,
        predictor: Predicting,
        examples: np.ndarray,
        asked: Sequence[Answered],
        method: str,
        steps: int,
        patch: int | None = None,
    ) -> list[ImageExplanation]:
        """Explains answers to images, uint8 (n, size, size, 3)."""
        claims = [each.claim for each in asked]
        if method == "grad-cam":
            found = explaining.grad_cam(predictor, examples, claims)
        elif method == "token-gradients":
            found = explaining.token_gradients(predictor, examples, claims, steps)
        elif method == "integrated-gradients":
            found = explaining.integrated_gradients(predictor, examples, claims, steps)
        else:
            found = explaining.occlusion(predictor, examples, claims, patch)
        return [
            ImageExplanation(
                one.name, method, one.claim, each.attribution, image,
                about=each.about, completeness=each.completeness,
            )
            for one, each, image in zip(asked, found, examples, strict=True)
        ]  # fmt: skip

    def paths(self, explanations: Sequence[ImageExplanation], folder: Path) -> list[Path]:
        """Returns NAME.METHOD.png for each image, with a number where names are the same."""
        names = FileNames()
        return [folder / names.of(Path(each.input).stem, f".{each.method}.png") for each in explanations]

    def write(self, explanations: Sequence[ImageExplanation], paths: Sequence[Path]) -> None:
        """Writes PNGs: the image, the map on it, the class with its probability and a legend."""
        for each, path in zip(explanations, paths, strict=True):
            write_png(each, path)
