"""What every journey starts with: a mail server that takes everything, and a worker of our own."""

from collections.abc import Iterator

import pytest
from flask import Flask

from portal import config
from portal.worker import shift
from tests import sink


@pytest.fixture
def server(app: Flask) -> Iterator[sink.Sink]:
    """A server that takes everything, settings that point at it, and a worker of our own."""
    with sink.running() as running:
        config.use(config.current().model_copy(update={"smtp_url": running.url}))
        yield running
    shift.end()
