"""What a policy costs on real texts: how long a check takes, at which stage, and by which rule.

`texts.py` gives texts where nobody has any · `measure.py` times checks · `sources.py` says what
each list, pattern and detector has to do with it · `figures.py` is what comes out.
"""

from guardrail.bench.figures import Figures as Figures
from guardrail.bench.figures import Start as Start
from guardrail.bench.measure import bench as bench
from guardrail.bench.texts import made_up as made_up
