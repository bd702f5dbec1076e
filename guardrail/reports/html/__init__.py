"""Pages that need nothing but a browser: one file, no network, light and dark, good on paper.

Stations: `page` (the document, escaping, small parts; with `page.css`), `chart` (bars and columns
as SVG), and one module for each page with its own `.css` and `.js`.
"""
