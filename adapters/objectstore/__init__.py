"""Objects in memory, in a local folder, in a bucket of S3: one adapter over obstore."""
