"""The results of a batch: its progress, documents and downloads, and the batches before it."""
