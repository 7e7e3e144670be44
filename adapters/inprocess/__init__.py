"""One context's port answered by another context's use case."""
