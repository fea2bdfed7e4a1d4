"""Kind Regards answers the solicitations that reach you, kindly, on your own machine."""

__version__ = "0.1.0"
