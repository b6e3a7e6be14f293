"""The door for time: chores that do due rows, and the schedule that wakes them."""

from flask import Flask

from portal.worker import chores, run

__all__ = ["chores"]


def register(app: Flask) -> None:
    """Add the worker's command; importing the chores bound them to the queue."""
    app.cli.add_command(run.worker_command)
