"""What the page of the server asks of music: prompts as tokens, and tokens as scores."""
