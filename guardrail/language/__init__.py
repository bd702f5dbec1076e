"""From policy text to a checked policy; knows nothing of models or replies.

The stations, in the order a text passes them:

    source       a text and its lines                         `source.py`
    tokens       words, names, strings, numbers               `grammar/policy.lark`, `parser.py`
    tree         what the grammar makes of the tokens         `parser.py`
    AST          frozen nodes with exact spans                `build.py` makes `nodes.py`
    resolved     imports followed, names bound                `resolve.py`
    checked      types right, rules meaningful                `check.py` makes `checked.py`

Mistakes travel beside them as values (`diagnostics.py`), get their words in `syntax_help.py` or
where they are found, and are drawn by `render.py`.
"""
