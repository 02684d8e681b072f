"""Pretrained backbones for texts: the list, and how each is built."""
