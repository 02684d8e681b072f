"""Pretrained backbones for images: the list, and how each is built."""
