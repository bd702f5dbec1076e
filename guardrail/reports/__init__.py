"""Results in the formats that other programs read: SARIF, JUnit, GitHub annotations and HTML.

Stations: `result` (what every format is made from), `sarif`, `junit`, `github`, and `html` (pages
that need nothing but a browser). Nothing here knows a reply; what a message says is the caller's
affair.
"""
