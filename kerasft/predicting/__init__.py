"""Any artifact answers: arrays in, arrays out, and what is built on it."""
