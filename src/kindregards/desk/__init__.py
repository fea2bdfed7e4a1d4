"""The side of whoever is solicited, pure; its files stand in the order in which a message goes through them."""
