"""Ways of composing: whole bars, forms, complete pieces, pianos for a voice."""
