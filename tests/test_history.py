import pytest
from PIL import Image

from kerasft.training.history import Epoch, plot_history, read_history, write_history


def reached(accuracy, val_accuracy, log_loss):
    return {"accuracy": accuracy, "val_accuracy": val_accuracy, "val_log_loss": log_loss}


ROWS = [
    Epoch("head", epoch, 1e-3, 0.25, 1.0 / epoch, 1.1 / epoch, reached(0.5, 0.4 + epoch / 100, 0.9))
    for epoch in (1, 2, 3)
] + [Epoch("tune", 1, 1e-5, 1.5, 0.2, 0.3, reached(0.9, 0.95, 0.31))]
HEADER = "phase,epoch,learning_rate,loss,accuracy,val_loss,val_accuracy,val_log_loss,seconds"


def test_the_history_survives_csv(tmp_path):
    path = write_history(ROWS, tmp_path / "history.csv")
    lines = path.read_text().splitlines()
    assert lines[0] == HEADER and lines[2] == "head,2,0.001,0.5,0.5,0.55,0.42,0.9,0.25"
    for read, written in zip(read_history(path), ROWS, strict=True):
        assert list(read.metrics) == list(written.metrics)
        for name, value in written.cells().items():
            got = read.cells()[name]
            assert got == value if not isinstance(value, float) else abs(got - value) <= 1e-5 * abs(value)


def test_a_task_without_classes_has_columns_of_its_own(tmp_path):
    rows = [Epoch("head", 1, 1e-3, 1.0, 2.0, 3.0, {"mae": 0.5, "val_mae": 0.75, "val_r2": 0.1})]
    path = write_history(rows, tmp_path / "history.csv")
    assert path.read_text() == (
        "phase,epoch,learning_rate,loss,mae,val_loss,val_mae,val_r2,seconds\nhead,1,0.001,2,0.5,3,0.75,0.1,1\n"
    )
    assert read_history(path) == rows
    assert rows[0].values("mae") == (0.5, 0.75) and rows[0].values("loss") == (2.0, 3.0)


@pytest.mark.parametrize(
    ("header", "row"),
    [
        (HEADER.replace("accuracy", "<b>"), "head,1,1,1,1,1,1,1,1"),
        (HEADER.replace(",seconds", ""), "head,1,1,1,1,1,1,1"),
        (HEADER, "head,1,1,1,1,1"),
        (HEADER, "head,one,1,1,1,1,1,1,1"),
        (HEADER, "head,1,1,1,x,1,1,1,1"),
    ],
)
def test_a_damaged_history_is_refused(header, row, tmp_path):
    (tmp_path / "history.csv").write_text(f"{header}\n{row}\n")
    with pytest.raises(ValueError):
        read_history(tmp_path / "history.csv")


def test_the_plot_is_a_picture_with_ink_in_both_panels(tmp_path):
    picture = Image.open(plot_history(ROWS, tmp_path / "history.png", "accuracy")).convert("L")
    assert picture.size == (1200, 480)
    half = picture.width // 2
    for left in (0, half):
        assert min(picture.crop((left, 0, left + half, picture.height)).getextrema()) < 100
