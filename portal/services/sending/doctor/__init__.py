"""The doctor: looks at everything a mail depends on, and says in plain words what to mend."""
