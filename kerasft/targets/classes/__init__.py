"""One class of several: loss, calibration, evaluation, charts."""
