"""Facts of the country dossier that take more than a template: each reads a country's rows."""

import pandas as pd

from techpolitik import load


def minerals(rows: pd.DataFrame) -> str:
    """Say for how many of the table's minerals a country has an output."""
    named = rows[rows["output"] > 0]["commodity"].nunique()
    of = load("critical_minerals_2024")["commodity"].nunique()
    return f"listed with output: {named} of {of} minerals"


def posts(rows: pd.DataFrame) -> str:
    """Name the three newest posts at standards bodies and count the rest."""
    newest = rows.sort_values("start_year", ascending=False).head(3)
    spans = [
        f"{row['body']} {row['post']}, {row['name']} "
        f"({_year(row['start_year'])} to {_year(row['end_year'])})"
        for _, row in newest.iterrows()
    ]
    more = f"; {len(rows) - 3} earlier" if len(rows) > 3 else ""
    return "; ".join(spans) + more


def agreement(rows: pd.DataFrame) -> str:
    """Say how an agreement stands, when it was left, and whether it is contested."""
    row = rows.iloc[0]
    left = "" if pd.isna(row["left"]) else f", left {row['left']}"
    contested = ", contested: no published text was found" if row["contested"] else ""
    return f"{row['status']}{left}{contested}"


def nodes(rows: pd.DataFrame) -> str:
    """Count the city nodes that a country hosts, whoever runs them."""
    return f"public city nodes: {rows['nodes'].sum()}"


def _year(value) -> str:
    return "year not known" if pd.isna(value) else str(value)
