"""Classifiers: one encoder with a head for labels of texts and one for names in them.

`recipe` says what is trained; `examples`, `clusters`, `split` give it its data; `features`,
`batches` and `disguised` make numbers of them; `network`, `losses` and `fit` train; `export`,
`parity`, `calibration`, `evaluation`, `baseline`, `card` and `handover` make a model folder of it;
`pipeline` is the way from the first to the last.
"""
