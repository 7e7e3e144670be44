"""HiGHS, a solver of mixed-integer programs in this process: for what is too large to be searched through in Python."""
