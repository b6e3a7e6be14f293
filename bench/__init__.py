"""Measurements that anyone can run; each writes what it saw to `bench/results`."""
