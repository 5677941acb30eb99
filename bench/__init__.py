"""Measurements behind the claims of speed and size: `make bench`.

Each module has a function `rows()` that measures and gives a list of rows: what, unit, ours, peer
(the same thing done by stock Jupyter Book or nbgrader, if there is one), limit (for the ratio, or
for ours where there is no peer). Everything in a table comes from one run on one
machine.
"""
