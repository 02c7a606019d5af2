"""The dashboard's pages: parts, charts and views as plain values, and the templates that show them."""
