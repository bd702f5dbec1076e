"""Colors for policies in editors and on pages: one table of rules, several forms of it.

`tokens` makes the table from the grammar; `pygments` and `textmate` put it into the forms that
tools read. A word that the grammar gains appears in all of them.
"""
