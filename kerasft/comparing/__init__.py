"""Comparing: any runs on the same test examples, and the ways to train on the same splits."""
