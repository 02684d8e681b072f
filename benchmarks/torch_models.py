"""The networks of `benchmarks.cases` in PyTorch: the same architecture, and the same part of it trains."""

from __future__ import annotations

from typing import Any

import torch
from torch import nn

CLOSE = 0.01  # Keras' ResNet50 has biases before its BatchNorm, which PyTorch's leaves out: 0.1 % of the parameters


class PictureModel(nn.Module):
    """torchvision's network with random weights, mean pooling, dropout and a dense layer.

    Args:
        backbone: "mobilenet_v3_small" or "resnet50".
        num_classes: Outputs.
        dropout: Share of features dropped before the dense layer.
    """

    def __init__(self, backbone: str, num_classes: int, dropout: float):
        from torchvision import models

        super().__init__()
        if backbone == "mobilenet_v3_small":
            self.blocks = models.mobilenet_v3_small(weights=None).features
            width = 576
        elif backbone == "resnet50":
            whole = models.resnet50(weights=None)
            stem = nn.Sequential(whole.conv1, whole.bn1, whole.relu, whole.maxpool)
            self.blocks = nn.Sequential(stem, *whole.layer1, *whole.layer2, *whole.layer3, *whole.layer4)
            width = 2048
        else:
            raise SystemExit(f"error: no PyTorch network stands for this backbone (received: {backbone})")
        self.head = nn.Sequential(nn.Dropout(dropout), nn.Linear(width, num_classes))
        self.register_buffer("mean", torch.tensor([0.485, 0.456, 0.406])[:, None, None])
        self.register_buffer("std", torch.tensor([0.229, 0.224, 0.225])[:, None, None])

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """From uint8 (batch, 3, size, size) to logits (batch, classes)."""
        scaled = (images.float() / 255 - self.mean) / self.std
        return self.head(self.blocks(scaled).mean((2, 3)))

    def train(self, mode: bool = True) -> PictureModel:
        """Sets training or evaluation, but BatchNorm stands still in both."""
        super().train(mode)
        for module in self.modules():
            if isinstance(module, nn.BatchNorm2d):
                module.eval()
        return self

    def tail_parameters(self, phase: dict[str, Any]) -> list[nn.Parameter]:
        """Returns what a phase trains of the backbone: of its top blocks, as many as give that number of parameters.

        Raises:
            SystemExit: No number of blocks does, within 1 %: the network is another one.
        """
        wanted = phase["parameters"] - _count(self.head.parameters())
        found: list[nn.Parameter] = []
        for block in reversed([None, *self.blocks]):
            if abs(_count(found) - wanted) <= CLOSE * wanted:
                return found
            found = [*_without_batch_norm(block), *found] if block is not None else found
        raise SystemExit(
            f"error: no cut gives the {wanted} parameters that train in Keras, but {_count(found)}"
        )


class TextModel(nn.Module):
    """A BERT checkpoint, the mean of its tokens, dropout and a dense layer; takes and returns what Trainer wants.

    Args:
        checkpoint: The folder of the checkpoint.
        num_classes: Outputs.
        dropout: Share of features dropped before the dense layer.
    """

    def __init__(self, checkpoint: str, num_classes: int, dropout: float):
        from transformers import BertModel

        super().__init__()
        self.encoder = BertModel.from_pretrained(checkpoint, add_pooling_layer=False)
        self.head = nn.Sequential(
            nn.Dropout(dropout), nn.Linear(self.encoder.config.hidden_size, num_classes)
        )

    def forward(
        self, input_ids: torch.Tensor, attention_mask: torch.Tensor, labels: torch.Tensor
    ) -> dict[str, torch.Tensor]:
        """From int64 (batch, tokens) to the loss and the logits (batch, classes)."""
        tokens = self.encoder(input_ids=input_ids, attention_mask=attention_mask).last_hidden_state
        kept = attention_mask[..., None].to(tokens.dtype)
        logits = self.head((tokens * kept).sum(1) / kept.sum(1))
        return {"loss": nn.functional.cross_entropy(logits, labels), "logits": logits}

    def tail_parameters(self, phase: dict[str, Any]) -> list[nn.Parameter]:
        """Returns what a phase trains of the encoder; see `PictureModel.tail_parameters`."""
        wanted = phase["parameters"] - _count(self.head.parameters())
        layers = [list(layer.parameters()) for layer in self.encoder.encoder.layer]
        for number in range(len(layers) + 1):
            found = [parameter for layer in layers[len(layers) - number :] for parameter in layer]
            if abs(_count(found) - wanted) <= CLOSE * wanted:
                return found
        raise SystemExit(f"error: no cut gives the {wanted} parameters that train in Keras")


def set_phase(model: PictureModel | TextModel, phase: dict[str, Any]) -> list[nn.Parameter]:
    """Lets the head and the phase's tail train and nothing else; returns their parameters."""
    trained = [*model.tail_parameters(phase), *model.head.parameters()]
    for parameter in model.parameters():
        parameter.requires_grad_(False)
    for parameter in trained:
        parameter.requires_grad_(True)
    return trained


def _count(parameters: Any) -> int:
    return sum(parameter.numel() for parameter in parameters)


def _without_batch_norm(block: nn.Module) -> list[nn.Parameter]:
    """Returns the parameters of a block but for scales and offsets of BatchNorm, which don't train."""
    still = {id(p) for m in block.modules() if isinstance(m, nn.BatchNorm2d) for p in m.parameters()}
    return [parameter for parameter in block.parameters() if id(parameter) not in still]
