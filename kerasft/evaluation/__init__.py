"""Evaluation: any artifact on labelled examples, every number, table and plot of the report."""

from kerasft.evaluation.baseline import tfidf_baseline
from kerasft.evaluation.evaluator import evaluate
from kerasft.evaluation.metrics import Averages, ClassScores, Evaluation, measure

__all__ = ["Averages", "ClassScores", "Evaluation", "evaluate", "measure", "tfidf_baseline"]
