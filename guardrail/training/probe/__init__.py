"""Linear probes: a new label on what the layers of a model folder compute, learnt in seconds.

- `layers`: texts to vectors, and the graph that ends in the label;
- `fit`: the weights, and the threshold;
- `recipe`: what is learnt on which examples; `train`: from it to a model folder.

Source: Alain and Bengio, "Understanding intermediate layers using linear classifier probes" (2016).
"""
