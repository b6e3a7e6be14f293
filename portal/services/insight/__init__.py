"""What the portal has learned: about today, readers, hires and the health of communities."""
