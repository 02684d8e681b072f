"""Images that kerasft draws itself, in as many classes as wanted: no real image, licence or download.

A class is a drawing (a glyph of strokes, an arrangement of shapes, a fractal, a texture); everything else
in its images is chance: see `painting`. Only numpy is needed.
"""

from kerasft.inputs.images.drawn.ahead import draw_epoch, drawn_epochs
from kerasft.inputs.images.drawn.classes import GENERATORS, DrawingClass, draw, make_classes

__all__ = ["GENERATORS", "DrawingClass", "draw", "draw_epoch", "drawn_epochs", "make_classes"]
