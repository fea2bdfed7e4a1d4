"""What both sides share: pure values and functions, without files, sockets, clock, chance or threads."""
