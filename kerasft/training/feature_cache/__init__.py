"""Frozen layers are paid for once: their output is computed once for each example, and only what trains runs on it."""

from kerasft.training.feature_cache.cache import FeatureCache
from kerasft.training.feature_cache.choosing import Choice, choose_features

__all__ = ["Choice", "FeatureCache", "choose_features"]
