"""What text means: patterns, entries, folds, views, sentences, grapheme clusters.

- `parser`, `syntax`, `pattern`: a pattern is read, checked, and refused if it could run forever;
- `blowup`: the patterns that could; `pattern_example`: a text that a pattern matches;
- `widen`, `exact`, `prefilter`: how RE2 finds out quickly what may occur, and slowly what does;
- `fold`, `view`, `entries`: what list entries are compared in;
- `graphemes`, `sentences`, `normal_values`, `hosts`: how findings are cut, counted and compared.
"""
