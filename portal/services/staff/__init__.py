"""Staff: recruiters, their way in, and the health of the house."""
