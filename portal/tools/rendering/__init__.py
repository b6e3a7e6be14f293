"""Rendering: Markdown and blocks become HTML and text."""
