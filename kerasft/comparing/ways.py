"""The four ways to train, each from a start that belongs to the seed: scratch, head, two phases, full."""

from __future__ import annotations

import dataclasses
import time
from typing import TypedDict

import keras
import numpy as np

from kerasft.base import environment
from kerasft.base.memory import available_memory
from kerasft.base.specs import part_bytes
from kerasft.comparing.stages import CHUNK, EVERYTHING, Examples, Stage, in_chunks
from kerasft.contract.answers import Strata
from kerasft.contract.encoder import Arrays
from kerasft.contract.evaluation import Evaluation
from kerasft.contract.grid import FULL, HEAD, SCRATCH, TWO, Build, Grid
from kerasft.contract.plan import Phase, Training
from kerasft.contract.registry import task_of
from kerasft.contract.splits import Splits
from kerasft.networks.sections import Sections
from kerasft.networks.values import assign, values_of
from kerasft.training import freezing

MEMORY = 0.4  # the share of the free memory that kept features may take


class Scored(TypedDict):
    """What came of one cell: see `kerasft.comparing.cells.Cell`."""

    steps: int
    score: float
    seconds: float


class Ways:
    """Trains cells, one after another, on models that are built and traced once.

    Args:
        build: Builds a model: with pretrained weights (True) or random ones (False), and a seed.
        splits: Cells train on the training split and are scored on the test split. The validation split is not used:
            a number of examples is all that a way gets.
        grid: The settings.
    """

    def __init__(self, build: Build, splits: Splits, grid: Grid):
        environment.make_deterministic()
        self.build, self.splits, self.grid = build, splits, grid
        self.stages: dict[str, list[Stage]] = {}
        self._models: dict[bool, keras.Model] = {}
        self._starts: dict[tuple[bool, int], list[np.ndarray]] = {}
        self._examples: dict[tuple[int, str], Examples] = {}
        self._feature_seconds: dict[int, float] = {0: 0.0}  # of one example, by cut

    def model(self, pretrained: bool = True) -> keras.Model:
        """Returns the model that all cells with the same kind of weights share."""
        if pretrained not in self._models:
            self._models[pretrained] = self.build(pretrained, 0)
        return self._models[pretrained]

    @property
    def score_name(self) -> str:
        """What a score is called: of classes "accuracy"."""
        measured = task_of(self.model().kerasft.task).targets.measured
        return measured.kind_for(self.splits.schema).score_name

    def score(self, way: str, rows: np.ndarray, seed: int) -> Scored:
        """Trains one cell and returns its steps, its score on the test split and CPU seconds.

        The seconds are those of the training: the frozen layers' part for these examples and all steps. Left out are
        building, tracing graphs (once for each way, and for all its cells) and scoring.

        Args:
            way: One of `WAYS`.
            rows: Of the training split.
            seed: Of order, dropout and, from scratch, the weights.
        """
        stages = self._stages_of(way)
        batch_size = min(self.grid.batch_size, len(rows))
        steps = max(self.grid.epochs * -(-len(rows) // batch_size), self.grid.min_steps)
        # all of this changes the shared model, so it comes before the start
        test = self._at(stages[-1].cut, "test")
        for stage in stages:
            stage.trace(self._at(stage.cut, "train"), rows, batch_size)
        self._put_at_start(way, seed)
        seconds, begin = 0.0, time.process_time()
        left = steps
        for number, stage in enumerate(stages):
            own = left // (len(stages) - number)
            stage.train(self._at(stage.cut, "train"), rows, own, batch_size, seed)
            left -= own
            seconds += self._feature_seconds[stage.cut] * len(rows) if stage.cut else 0.0
        seconds += time.process_time() - begin
        return {
            "steps": steps,
            "score": self.evaluate(stages[-1].outputs(test)).score,
            "seconds": round(seconds, 3),
        }

    def evaluate(self, outputs: Arrays) -> Evaluation:
        """Returns what a model's outputs for the test split are worth; nothing was calibrated."""
        targets, split, schema = (
            task_of(self.model().kerasft.task).targets,
            self.splits.test,
            self.splits.schema,
        )
        return targets.evaluate(targets.finish(outputs, schema, {}), split.targets, schema, split.ids)

    def _stages_of(self, way: str) -> list[Stage]:
        if way not in self.stages:
            grid = self.grid
            gentle = 0.1, True  # warm-up and decay, as in the phase "tune"
            plans = {
                SCRATCH: [Phase("scratch", EVERYTHING, 1, grid.scratch_learning_rate, *gentle)],
                HEAD: [Phase("head", 0, 1, grid.head_learning_rate)],
                TWO: [Phase("tune", grid.unfreeze, 1, grid.tune_learning_rate, *gentle)],
                FULL: [Phase("full", "all", 1, grid.full_learning_rate, *gentle)],
            }
            model = self.model(way != SCRATCH)
            sections = Sections(model)
            stages = [
                Stage(model, sections, phase, grid.optimizer, grid.weight_decay) for phase in plans[way]
            ]
            for stage in stages:
                stage.cut = self._cut_that_fits(sections, stage.cut)
            self.stages[way] = [*self._stages_of(HEAD), *stages] if way == TWO else stages
        return self.stages[way]

    def _cut_that_fits(self, sections: Sections, cut: int) -> int:
        """Returns the cut, or 0 if what crosses it would take too much memory: then the whole model runs."""
        if cut == 0:
            return 0
        count = len(self.splits.train) + len(self.splits.test)
        return cut if part_bytes(sections.specs(cut), False) * count < MEMORY * available_memory() else 0

    def _put_at_start(self, way: str, seed: int) -> None:
        pretrained = way != SCRATCH
        model = self.model(pretrained)
        key = (pretrained, 0 if pretrained else seed)
        if key not in self._starts:
            # the shared model may have been trained since it was built
            self._starts[key] = values_of(self.build(*key).weights)
        assign(model.weights, self._starts[key])
        for number, state in enumerate(freezing.random_states(model)):
            state.assign(np.array([seed, number], dtype=state.dtype))

    def _at(self, cut: int, split: str) -> Examples:
        """Returns the examples of a split as they cross a cut of the pretrained model; cut 0 is the input."""
        if (cut, split) not in self._examples:
            if cut == 0:
                self._read()
            else:
                self._compute(cut, split)
        return self._examples[cut, split]

    def _read(self) -> None:
        """Lets the task make of both splits what its models take."""
        both = dataclasses.replace(self.splits, validation=self.splits.test)
        training = Training(batch_size=1, augment="none")
        made = task_of(self.model().kerasft.task).make_batches(self.model(), both, training)
        for split, each in zip(("train", "test"), made, strict=True):
            self._examples[0, split] = Examples(each.inputs, each.targets, each.encode)

    def _compute(self, cut: int, split: str) -> None:
        raw = self._at(0, split)
        self._put_at_start(HEAD, 0)
        section = Sections(self.model()).between(0, cut)
        if environment.jit_compile() is False:
            section.jit_compile = False
        few = np.arange(min(CHUNK, len(raw)))
        in_chunks(
            section, dataclasses.replace(raw, inputs=raw.take(few), targets=raw.targets[few])
        )  # traced before the clock runs
        begin = time.process_time()
        features = in_chunks(section, raw)
        self._feature_seconds[cut] = (time.process_time() - begin) / len(raw)
        self._examples[cut, split] = dataclasses.replace(raw, inputs=features)


def strata_of(splits: Splits) -> np.ndarray:
    """Returns what as many are drawn of, int (n,) of the training split: the labels; without classes all the same."""
    found = splits.schema.strata(splits.train.targets)
    return found.rows if isinstance(found, Strata) else np.zeros(len(splits.train), int)


def draw_rows(strata: np.ndarray, count: int | None, seed: int) -> np.ndarray:
    """Returns rows with so many of each stratum, all there are where there are fewer; None: all.

    The draws of one seed are nested: those with more hold those with fewer.

    Args:
        strata: int (n,), see `strata_of`.
        count: How many.
        seed: Of the draw.
    """
    rows = []
    for stratum in np.unique(strata):
        members = np.flatnonzero(strata == stratum)
        order = np.random.default_rng((seed, int(stratum))).permutation(len(members))
        rows.append(members[order[:count]])
    return np.sort(np.concatenate(rows))
