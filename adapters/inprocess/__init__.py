"""One context's port answered by another context, in this process."""
