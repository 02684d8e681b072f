"""Other libraries on the work that `benchmarks.peer_data` wrote: `python -m benchmarks.peers WAY FOLDER`.

Runs in an interpreter with PyTorch, which need not have kerasft or Keras. The last line of the output is JSON.

    pytorch     a plain loop: forward, backward, step; the batches are those of kerasft, in the same order
    fastai      a Learner with two parameter groups: freeze and fit, unfreeze and fit_one_cycle
    trainer     Hugging Face Trainer, one for each phase

Frozen weights have no gradient, and BatchNorm stands still in every phase, in all of them. The times begin when data
and model are there, as those of the other ways do, and hold training and a validation after each epoch.
"""

from __future__ import annotations

import json
import math
import sys
import tempfile
from collections.abc import Sequence
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

from benchmarks.clock import Clock, by_phase
from benchmarks.torch_models import PictureModel, TextModel, set_phase

Result = tuple[list[Clock], list[float]]


def main(arguments: Sequence[str]) -> None:
    """Does the work in one way and prints the row."""
    way, folder = arguments[0], Path(arguments[1])
    work = json.loads((folder / "work.json").read_text())
    torch.manual_seed(work["seed"])
    run, packages = {
        "pytorch": (with_pytorch, ("torch", "torchvision")),
        "fastai": (with_fastai, ("torch", "fastai")),
        "trainer": (with_trainer, ("torch", "transformers")),
    }[way]
    clocks, accuracies = run(work, folder)
    row = by_phase(clocks, [phase["name"] for phase in work["phases"]], accuracies)
    versions = {name: metadata.version(name) for name in packages}
    print(json.dumps({**row, "threads": torch.get_num_threads(), "versions": versions}))


def pictures(folder: Path) -> dict[str, tuple[torch.Tensor, torch.Tensor]]:
    """Reads both splits: uint8 (n, 3, size, size), which is how PyTorch wants them, and int64 (n,)."""
    with np.load(folder / "images.npz") as arrays:
        return {
            name: (
                torch.from_numpy(np.ascontiguousarray(arrays[f"{name}_images"].transpose(0, 3, 1, 2))),
                torch.from_numpy(arrays[f"{name}_labels"].astype("int64")),
            )
            for name in ("train", "validation")
        }


def rate_factor(phase: dict[str, Any], steps: int) -> Any:
    """Returns the factor of the rate by step, as kerasft's: constant, or a linear warm-up and half a cosine."""
    warmup = round(phase["warmup"] * steps)

    def factor(step: int) -> float:
        if step < warmup:
            return step / warmup
        share = (step - warmup) / max(1, steps - warmup)
        return 0.5 * (1 + math.cos(math.pi * share)) if phase["decay"] else 1.0

    return factor


def with_pytorch(work: dict[str, Any], folder: Path) -> Result:
    """Trains in a plain loop."""
    model, data = (
        PictureModel(work["case"]["backbone"], work["num_classes"], work["dropout"]),
        pictures(folder),
    )
    images, labels = data["train"]
    size, loss_of = work["batch_size"], nn.CrossEntropyLoss()
    steps = -(-len(labels) // size)
    clocks, accuracies, done = [Clock.read()], [], 0
    for phase in work["phases"]:
        trained = set_phase(model, phase)
        optimizer = torch.optim.AdamW(trained, phase["learning_rate"], weight_decay=work["weight_decay"])
        rates = torch.optim.lr_scheduler.LambdaLR(optimizer, rate_factor(phase, steps * phase["epochs"]))
        for epoch in range(done, done + phase["epochs"]):
            model.train()
            order = torch.from_numpy(np.random.default_rng((work["seed"], epoch)).permutation(len(labels)))
            for rows in order.split(size):
                loss = loss_of(model(images[rows]), labels[rows])
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
                rates.step()
            accuracy = accuracy_of(model, *data["validation"], size)
        done += phase["epochs"]
        clocks.append(Clock.read())
        accuracies.append(accuracy)
    return clocks, accuracies


@torch.no_grad()
def accuracy_of(model: nn.Module, images: torch.Tensor, labels: torch.Tensor, batch_size: int) -> float:
    """Returns the share of right answers."""
    model.eval()
    answers = torch.cat([model(batch).argmax(1) for batch in images.split(batch_size)])
    return float((answers == labels).float().mean())


def with_fastai(work: dict[str, Any], folder: Path) -> Result:
    """Trains with a Learner; its schedule of the second phase is fastai's own, and so is the order of the batches."""
    from fastai.callback import progress, schedule  # noqa: F401  they add methods to Learner
    from fastai.data.core import DataLoaders
    from fastai.learner import Learner
    from fastai.metrics import accuracy
    from fastai.optimizer import Adam

    model, data = (
        PictureModel(work["case"]["backbone"], work["num_classes"], work["dropout"]),
        pictures(folder),
    )
    sets = [torch.utils.data.TensorDataset(*data[name]) for name in ("train", "validation")]
    loaders = DataLoaders.from_dsets(*sets, bs=work["batch_size"], num_workers=0, device=torch.device("cpu"))
    tail, head = model.tail_parameters(work["phases"][-1]), list(model.head.parameters())
    groups = [tail, head] if tail else [head]
    with tempfile.TemporaryDirectory() as place:
        # train_bn would unfreeze the BatchNorm of frozen layers. Groups hold what may train, and no BatchNorm.
        learner = Learner(
            loaders, model, nn.CrossEntropyLoss(), opt_func=Adam, splitter=lambda _: groups, path=place,
            metrics=accuracy, wd=work["weight_decay"], train_bn=False,
        )  # fmt: skip
        clocks, accuracies = [Clock.read()], []
        with learner.no_bar(), learner.no_logging():
            for phase in work["phases"]:
                set_phase(model, phase)
                learner.freeze_to(-2 if model.tail_parameters(phase) else -1)
                if phase["decay"]:
                    learner.fit_one_cycle(phase["epochs"], phase["learning_rate"], pct_start=phase["warmup"])
                else:
                    learner.fit(phase["epochs"], phase["learning_rate"])
                clocks.append(Clock.read())
                accuracies.append(float(learner.recorder.values[-1][-1]))
    return clocks, accuracies


def with_trainer(work: dict[str, Any], folder: Path) -> Result:
    """Trains with Hugging Face Trainer; the mean of the tokens, dropout and a dense layer stand on the encoder."""
    from transformers import AutoTokenizer, Trainer, TrainingArguments
    from transformers.trainer_utils import set_seed

    set_seed(work["seed"])
    tokenizer = AutoTokenizer.from_pretrained(work["checkpoint"])
    model = TextModel(work["checkpoint"], work["num_classes"], work["dropout"])
    length, size = work["case"]["size"], work["batch_size"]
    data = {}
    for name in ("train", "validation"):
        tokens = tokenizer(work[name]["texts"], padding="max_length", truncation=True, max_length=length)
        columns = {
            **{key: tokens[key] for key in ("input_ids", "attention_mask")},
            "labels": work[name]["labels"],
        }
        data[name] = [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
    clocks, accuracies = [Clock.read()], []
    for phase in work["phases"]:
        set_phase(model, phase)
        steps = phase["epochs"] * -(-len(data["train"]) // size)
        with tempfile.TemporaryDirectory() as place:
            arguments = TrainingArguments(
                place, num_train_epochs=phase["epochs"], learning_rate=phase["learning_rate"],
                per_device_train_batch_size=size, per_device_eval_batch_size=size,
                warmup_steps=round(phase["warmup"] * steps), weight_decay=work["weight_decay"],
                lr_scheduler_type="cosine" if phase["decay"] else "constant", eval_strategy="epoch",
                save_strategy="no", logging_strategy="no", report_to="none", disable_tqdm=True, use_cpu=True,
            )  # fmt: skip
            trainer = Trainer(
                model, arguments, train_dataset=data["train"], eval_dataset=data["validation"],
                compute_metrics=lambda found: {
                    "accuracy": float((found.predictions.argmax(1) == found.label_ids).mean())
                },
            )  # fmt: skip
            trainer.train()
        accuracies.append([e["eval_accuracy"] for e in trainer.state.log_history if "eval_accuracy" in e][-1])
        clocks.append(Clock.read())
    return clocks, accuracies


if __name__ == "__main__":
    main(sys.argv[1:])
