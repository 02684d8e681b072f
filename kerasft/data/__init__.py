"""Data in, splits out: tables, folders, splits, batches."""
