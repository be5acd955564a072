"""How the answers of the log read on a terminal. Commands import this only when they print."""
