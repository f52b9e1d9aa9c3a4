"""Tests of tracefunc."""
