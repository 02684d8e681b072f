"""YAML of people and of strangers: plain values only."""

from __future__ import annotations

from kerasft.base.errors import first_line


def parse_yaml(text: str) -> object:
    """Returns the values of YAML without aliases, by which a few bytes stand for any number of values.

    Raises:
        ValueError: It is no YAML, or has aliases.
        RecursionError: It is nested too deeply.
    """
    import yaml  # 20 ms that no help text needs

    class PlainLoader(yaml.SafeLoader):
        def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
            if self.check_event(yaml.AliasEvent):
                raise ValueError("aliases are not taken")
            return super().compose_node(parent, index)

    try:
        loader = PlainLoader(text)
        return loader.get_single_data()
    except yaml.YAMLError as error:
        raise ValueError(first_line(error)) from error
