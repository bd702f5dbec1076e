"""Red teaming in rounds: what one round found trains the filter and the model of the next.

- `recipe`: which steps there are; `lessons`: the rows that a round gives them;
- `steps`: the trainings; `filter`: the policy with its learned rule;
- `retrain`: one round after the other, each from all attempts before it.
"""
