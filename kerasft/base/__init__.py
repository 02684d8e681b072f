"""Tools that know neither Keras nor a task."""
