"""guard-mini: the examples behind the model that ships. `prepare` writes them."""
