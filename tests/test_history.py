import dataclasses

from PIL import Image

from kerasft.training.history import Epoch, plot_history, read_history, write_history

ROWS = [
    Epoch("head", epoch, 1e-3, 1.0 / epoch, 0.5, 1.1 / epoch, 0.4 + epoch / 100, 0.9, 0.25)
    for epoch in (1, 2, 3)
] + [Epoch("tune", 1, 1e-5, 0.2, 0.9, 0.3, 0.95, 0.31, 1.5)]


def test_the_history_survives_csv(tmp_path):
    path = write_history(ROWS, tmp_path / "history.csv")
    assert path.read_text().splitlines()[0] == (
        "phase,epoch,learning_rate,loss,accuracy,val_loss,val_accuracy,val_log_loss,seconds"
    )
    for read, written in zip(read_history(path), ROWS, strict=True):
        for name, value in dataclasses.asdict(written).items():
            got = getattr(read, name)
            assert got == value if not isinstance(value, float) else abs(got - value) <= 1e-5 * abs(value)


def test_the_plot_is_a_picture_with_ink_in_both_panels(tmp_path):
    picture = Image.open(plot_history(ROWS, tmp_path / "history.png")).convert("L")
    assert picture.size == (1200, 480)
    half = picture.width // 2
    for left in (0, half):
        assert min(picture.crop((left, 0, left + half, picture.height)).getextrema()) < 100
