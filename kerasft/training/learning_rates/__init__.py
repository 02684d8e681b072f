"""A phase's learning rate from a short sweep over all of them (Smith, 2015), with a plot."""

from kerasft.training.learning_rates.finder import find_learning_rate
from kerasft.training.learning_rates.plots import plot_learning_rates
from kerasft.training.learning_rates.results import LearningRates
from kerasft.training.learning_rates.sweep import sweep_phase

__all__ = ["LearningRates", "find_learning_rate", "plot_learning_rates", "sweep_phase"]
