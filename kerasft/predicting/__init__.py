"""Predicting many examples: from folders, tables and patterns to a table of answers."""

from kerasft.predicting.many import Answers, predict_many

__all__ = ["Answers", "predict_many"]
