"""What long lists of entries share: a filter, and a figure of how many there are of each kind."""

import html

from techpolitik.book.pages.parts import raw


def filter_form(noun, count, menus):
    """Return the filter of a list; filter.js brings it to life, and without it nothing is shown.

    Parameters
    ----------
    noun
        What an entry is called, such as "claim".
    count
        How many there are.
    menus
        From the name of each menu to {value: label}; an entry matches if it has the class
        NAME-VALUE.

    """
    fields = "".join(menu_html(name, options) for name, options in menus.items())
    return raw(
        f'<form class="tp-filter" id="tp-filter" data-noun="{noun}" '
        f'aria-label="Filter the {noun}s">{fields}'
        '<button type="reset" class="tp-button">Show all</button>'
        f'<p role="status">All {count} {noun}s are shown.</p></form>'
    )


def menu_html(name, options):
    """Return one labelled menu of a filter."""
    choices = "".join(
        f'<option value="{html.escape(value)}">{html.escape(label)}</option>'
        for value, label in options.items()
    )
    return (
        f'<label>{name.capitalize()}<select name="{name}"><option value="">All</option>'
        f"{choices}</select></label>"
    )


def worded(values):
    """Return {value: label} for a menu: ids as words, with a capital."""
    return {value: value.replace("_", " ").capitalize() for value in values}


def present(entries, field, order):
    """Return the values a field takes, in their usual order."""
    values = {entry[field] for entry in entries}
    return [value for value in order if value in values]


def count_figure(document, counts, *, title, text, columns, credit):
    """Return the nodes of a bar chart of how many entries there are of each kind.

    Parameters
    ----------
    document
        The docutils document of the page.
    counts
        {kind: number}.
    title, text
        The finding and the description.
    columns
        The names of the table's two columns.
    credit
        A list of tables; where the entries come from no table, a dict of title, address, counts,
        missing, caveats and licence, as a table's description has them.

    """
    # Only when such a page is read: Altair takes a second to import.
    import altair as alt
    import pandas as pd

    from techpolitik.book.render import figure_nodes
    from techpolitik.lesson.figures import Figure, book_spec

    kind, number = columns
    table = pd.DataFrame({kind: counts.keys(), number: counts.values()})
    base = alt.Chart(table).encode(
        x=alt.X(number, type="quantitative", title=f"number of {number}").axis(tickMinStep=1),
        y=alt.Y(kind, type="nominal", sort=None, title=None),
    )
    labels = base.mark_text(align="left", dx=5).encode(text=alt.Text(number, type="quantitative"))
    chart = alt.layer(base.mark_bar(), labels).properties(title=title, height=34 * len(counts))
    if isinstance(credit, list):
        shown, extra = Figure(chart, text, tuple(credit), table), {}
    else:
        said = credit["title"]
        shown = Figure(chart, text, (), table)
        extra = {
            "credit": f'Source: <a href="{credit["address"]}">{html.escape(said)}</a>',
            "about": [credit],
            "csv": table.assign(figure_source=said).to_csv(index=False, lineterminator="\n"),
        }
    return figure_nodes(document, book_spec(chart.to_dict(), shown, **extra), number)
