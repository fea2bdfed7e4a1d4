"""The side of whoever solicits; the only layer that knows persons the owner is connected with."""
