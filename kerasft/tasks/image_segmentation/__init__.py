"""Images with a mask each: which class each pixel is of."""
