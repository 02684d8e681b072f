"""Evaluation: any artifact on labelled pictures, every number, table and plot of the report."""

from kerasft.evaluation.evaluator import evaluate
from kerasft.evaluation.metrics import Averages, ClassScores, Evaluation, measure

__all__ = ["Averages", "ClassScores", "Evaluation", "evaluate", "measure"]
