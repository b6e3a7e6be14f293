"""What comes back to us: kept as it came, read, tied to a delivery, and acted upon."""
