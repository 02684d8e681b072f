"""Images with an answer that has an order, such as grades."""
