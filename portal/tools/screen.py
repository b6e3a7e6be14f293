"""Where commands tell people how they get on: standard error, so that results stay clean."""

from rich.console import Console

screen = Console(stderr=True, highlight=False, soft_wrap=True)
