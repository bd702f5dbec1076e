"""All that a run leaves behind, as bytes, so that two runs can be compared."""

import json

from guardrail.cli.redteam_reports import html, sarif_log
from guardrail.redteam.artefacts import hard_case_rows, preference_rows, sft_rows
from guardrail.redteam.regressions import regressions
from guardrail.redteam.report import encoded, report
from guardrail.redteam.run import run


def outputs(guard, log, settings, *, target=None, resume=False):
    done = run(guard, target, log, settings, resume=resume)
    found = report(done)
    rows = (sft_rows(done, guard), preference_rows(done, guard), hard_case_rows(done))
    return {
        "attempts": log.read_bytes(),
        "report.json": encoded(found),
        "report.html": html(done, found, guard.policy),
        "report.sarif": json.dumps(sarif_log(found, guard.policy)),
        "rows": [list(each) for each in rows],
        "regressions": regressions(done, guard),
    }
