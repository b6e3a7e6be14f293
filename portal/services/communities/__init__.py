"""Communities: making and changing them."""
