"""An index of the earth in plain cells of degrees, in this process."""
