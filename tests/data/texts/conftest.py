"""Small tables of texts, as bytes."""

import json

import pytest

from kerasft.base.errors import InputError
from kerasft.tasks.text_classification.reading import read_texts


def rows(count: int = 20, separator: str = ",") -> str:
    """Lines of text and label, without a header; all texts differ."""
    return "".join(f"text number {n}{separator}{'good' if n % 2 else 'bad'}\n" for n in range(count))


class Tables:
    """Writes tables into one folder, and says what reading them is refused with."""

    def __init__(self, folder):
        self.folder = folder

    rows = staticmethod(rows)

    def csv(self, text: str | bytes, name: str = "data.csv"):
        path = self.folder / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    def good(self, more: str = "", count: int = 20):
        """A table of rows that can be used, and `more` after them: from line `count` + 2."""
        return self.csv("text,label\n" + rows(count) + more)

    def jsonl(self, values, name: str = "data.jsonl"):
        lines = [
            value if isinstance(value, str) else json.dumps(value, ensure_ascii=False) for value in values
        ]
        return self.csv("\n".join(lines) + "\n", name)

    def objects(self, count: int = 20) -> list[dict]:
        return [{"text": f"text number {n}", "label": ["bad", "good"][n % 2]} for n in range(count)]

    @staticmethod
    def refused(source, **options) -> list[str]:
        with pytest.raises(InputError) as error:
            read_texts(source, **options)
        return str(error.value).splitlines()

    @staticmethod
    def by_id(splits) -> dict[str, tuple[str, str]]:
        """id -> (text, class name) of all splits."""
        return {
            name: (text, splits.class_names[label])
            for part in (splits.train, splits.validation, splits.test)
            for name, text, label in zip(part.ids, part.texts, part.labels, strict=True)
        }


@pytest.fixture
def tables(tmp_path):
    return Tables(tmp_path)
