"""Places whose names TensorFlow takes for patterns, or can't read, are reached by a link with a plain name."""

import os

import pytest

from kerasft.base.errors import InputError
from kerasft.base.plain_paths import plain_path

ODD = ["a [b]", "c*", "d?", "e\\f", "{g}", os.fsdecode(b"h\xff")]


@pytest.mark.parametrize("name", ODD)
@pytest.mark.parametrize("there", [True, False])
def test_what_is_done_by_the_link_is_done_in_the_place(tmp_path, name, there):
    place = tmp_path / name / ("model [1]" if there else "model")
    (place if there else place.parent).mkdir(parents=True)
    with plain_path(place) as plain:
        plain.mkdir(exist_ok=True)
        (plain / "file").write_text("x")
        assert not set(str(plain)) & set("[]*?\\{}") and str(plain).encode()
    assert (place / "file").read_text() == "x" and not plain.exists()


def test_a_plain_path_is_left_alone(tmp_path):
    path = tmp_path / "a b%20#é漢"
    with plain_path(path) as plain:
        assert plain == path


def test_without_links_the_character_is_named(tmp_path, monkeypatch):
    def refuse(*arguments, **options):
        raise OSError("no privilege")

    monkeypatch.setattr("pathlib.Path.symlink_to", refuse)
    with pytest.raises(
        InputError, match=r"can't have the character '\[' in a path.*a folder whose path lacks"
    ):
        with plain_path(tmp_path / "a [b]"):
            pass
