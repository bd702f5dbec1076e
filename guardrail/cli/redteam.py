"""`guardrail redteam`: attacks on a target and its policy, and what is learnt from them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from guardrail.cli.command import Command
from guardrail.cli.console import complain, count, echo, printable
from guardrail.cli.exit_codes import CLEAN, FAILED, FINDINGS

if TYPE_CHECKING:
    from guardrail.redteam.attackers import Attacker
    from guardrail.redteam.attempts import RunSettings, Search
    from guardrail.redteam.contrasts import Contrasts
    from guardrail.redteam.people import Queue
    from guardrail.redteam.report import Report
    from guardrail.redteam.run import Retrain, Run
    from guardrail.redteam.scores import Scores
    from guardrail.redteam.targets import Target
    from guardrail.runtime.guard import Guard

ATTEMPTS: Final = "attempts.jsonl"


@click.command(
    cls=Command,
    examples=(
        "guardrail redteam --target echo -p policy.guard --out runs/redteam",
        "guardrail redteam --target bot:answer -p policy.guard --out runs/bot --seed 7",
        "guardrail redteam --target bot:answer -p policy.guard --out runs/bot --seed 7 --resume",
    ),
)
@click.option(
    "--target",
    required=True,
    metavar="TARGET",
    help="What to attack: MODULE:FUNCTION from a prompt to a reply, URL#MODEL of an "
    "OpenAI-compatible endpoint, or a folder that `export` wrote. `echo` is no model: it says what "
    "each attack wants, so that the filter alone is tried.",
)
@click.option(
    "-p",
    "--policy",
    metavar="POLICY",
    help="The filter; without it, `policy` of [tool.guardrail] in the nearest pyproject.toml.",
)
@click.option("--out", required=True, metavar="DIR", help="The folder for the log and the reports.")
@click.option(
    "--rounds",
    type=click.IntRange(1, 1000),
    default=3,
    show_default=True,
    help="From the second round on, half of the attacks build on earlier ones.",
)
@click.option(
    "--search",
    type=click.Choice(["bypasses", "archive"]),
    default="bypasses",
    show_default=True,
    help="What they build on: all that got through, or for each rule and technique what came "
    "closest.",
)
@click.option(
    "--budget",
    type=click.IntRange(2, 1_000_000),
    default=2000,
    show_default=True,
    metavar="N",
    help="Attempts in all; every second one is the benign twin of the attack before it.",
)
@click.option(
    "--people",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Attacks by people, tried behind all others: JSON lines with `reviewer`, `rule`, `value` "
    "and `prompt`.",
)
@click.option(
    "--contrasts",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Attack with these whole replies, in the place of values of the policy: JSON lines with "
    "`family`, `rule`, `prompt`, `violating` and `compliant`.",
)
@click.option(
    "--attacker",
    metavar="FILE.py:FUNCTION",
    help="A function that writes prompts, tried behind all others: it gets a goal and what it "
    "tried for it before.",
)
@click.option(
    "--prompts",
    type=click.IntRange(1, 1_000_000),
    default=100,
    show_default=True,
    metavar="N",
    help="How many prompts the attacker writes.",
)
@click.option(
    "--retrain",
    type=click.Path(path_type=Path),
    metavar="RECIPE",
    help="Train on what was found before each next round: the filter, the target, or both, as this "
    "YAML file says.",
)
@click.option(
    "--minutes",
    type=click.FloatRange(0, min_open=True),
    metavar="M",
    help="Begin no more attempts after M minutes; --resume goes on. Reports are of what was tried.",
)
@click.option("--seed", type=int, default=0, show_default=True, help="Draws the attacks.")
@click.option("--resume", is_flag=True, help="Go on with the run in --out where its log ends.")
def redteam(
    *,
    target: str,
    policy: str | None,
    out: str,
    rounds: int,
    search: Search,
    budget: int,
    people: Path | None,
    contrasts: Path | None,
    attacker: str | None,
    prompts: int,
    retrain: Path | None,
    minutes: float | None,
    seed: int,
    resume: bool,
) -> int:
    """Attack a target and its policy.

    Attacks are made from the policy itself: values of its lists, patterns and tests, disguised,
    in texts of several kinds. Reports show no text; attempts.jsonl, sft.jsonl, preferences.jsonl,
    hard_cases.jsonl and regressions.guard are data and do. With --retrain, the folder of each
    round has what was trained for it.

    Exit codes: 0 nothing got through and nothing harmless was stopped; 1 something was; 2 the
    call, the policy or the installation is wrong; 3 the target failed, or guardrail did.
    """
    from guardrail.cli.guards import guard_spec, load_guard
    from guardrail.redteam.attempts import RunSettings
    from guardrail.redteam.contrasts import read_contrasts
    from guardrail.redteam.report import report
    from guardrail.redteam.targets import load_target, shown_target

    asked = load_target(target)
    guard = load_guard(guard_spec(policy))
    name, digest = guard.policy.name, guard.policy.digest
    if people is not None and asked is None:
        raise click.UsageError("--people needs a model to ask: `echo` is none")
    if contrasts is not None and (people or attacker):
        raise click.UsageError("--contrasts stands alone: no --people and no --attacker beside it")
    whole = read_contrasts(contrasts, guard.policy) if contrasts else None
    queue = _queue(people, guard)
    own = _attacker(attacker, prompts, asked)
    retrainer, recipe = _retrainer(retrain, rounds, guard, asked, Path(out))
    folder = _folder(out)
    settings = RunSettings(
        policy=name,
        digest=digest,
        target=shown_target(target),
        seed=seed,
        rounds=rounds,
        budget=budget,
        search=search,
        people=queue.digest,
        recipe=recipe,
        attacker=own.digest if own else "",
        prompts=own.prompts if own else 0,
        contrasts=whole.digest if whole else "",
    )
    seconds = None if minutes is None else 60 * minutes
    done = _run(
        guard, asked, folder, settings,
        queue=queue, contrasts=whole, attacker=own,
        retrain=retrainer, resume=resume, seconds=seconds,
    )  # fmt: skip
    found = report(done)
    _write(folder, done, found, guard)
    if len(done.attempts) < done.campaign.size:
        tried = f"{len(done.attempts):,} of {count(done.campaign.size, 'attempt')}"
        complain(f"time was over after {tried}", "go on with --resume", level="warning")
    _tell(found, folder)
    if found.errors:
        return FAILED
    return FINDINGS if found.has_findings else CLEAN


def _folder(out: str) -> Path:
    """Return the folder of a run, made if need be; nothing but a run may lie in it.

    Raises:
        click.UsageError: it cannot be made, or holds what is not ours to overwrite.
    """
    try:
        folder = Path(out)
        folder.mkdir(parents=True, exist_ok=True)
        is_strange = any(folder.iterdir()) and not (folder / ATTEMPTS).exists()
    except (OSError, ValueError) as error:
        reason = (getattr(error, "strerror", None) or "no such name is possible").lower()
        raise click.UsageError(f"'{out}' cannot be made: {reason}") from None
    if is_strange:
        raise click.UsageError(f"'{out}' holds other files: name a folder of its own")
    return folder


def _queue(people: Path | None, guard: Guard) -> Queue:
    from guardrail.redteam.forbidden import grounds
    from guardrail.redteam.people import Queue, read_queue

    if people is None:
        return Queue()
    found = grounds(guard)
    if not found:  # the run itself says what to do about that
        return Queue()
    return read_queue(people, guard, found[0])


def _attacker(name: str | None, prompts: int, target: Target | None) -> Attacker | None:
    from guardrail.redteam.attackers import load_attacker

    if name is None:
        return None
    if target is None:
        raise click.UsageError("--attacker needs a model to ask: `echo` is none")
    return load_attacker(name, prompts)


def _retrainer(
    path: Path | None, rounds: int, guard: Guard, target: Target | None, folder: Path
) -> tuple[Retrain | None, str]:
    """Return what trains between rounds, and the digest of its recipe."""
    if path is None:
        return None, ""
    from guardrail.rounds.recipe import read_rounds
    from guardrail.rounds.retrain import Retrainer

    if rounds == 1:
        raise click.UsageError("--retrain needs --rounds 2 or more: it trains between them")
    recipe, digest = read_rounds(path)
    if recipe.sft and target is None:
        raise click.UsageError("`sft` trains the model that is attacked: `echo` is none")
    say: Callable[[str], None] = lambda line: echo(printable(line), err=True)  # noqa: E731
    return Retrainer(recipe, guard, target, folder, say), digest


def _run(
    guard: Guard,
    target: Target | None,
    folder: Path,
    settings: RunSettings,
    *,
    queue: Queue,
    contrasts: Contrasts | None,
    attacker: Attacker | None,
    retrain: Retrain | None,
    resume: bool,
    seconds: float | None,
) -> Run:
    from guardrail.cli.progress import progress
    from guardrail.redteam.run import run

    with progress(settings.budget + len(queue.attacks) + settings.prompts) as advance:
        return run(
            guard,
            target,
            folder / ATTEMPTS,
            settings,
            resume=resume,
            seconds=seconds,
            people=queue.attacks,
            contrasts=contrasts,
            attacker=attacker,
            retrain=retrain,
            advance=lambda done: advance(done, done),
        )


def _write(folder: Path, run: Run, report: Report, guard: Guard) -> None:
    from guardrail.cli.redteam_reports import html, sarif_log
    from guardrail.redteam.artefacts import hard_case_rows, preference_rows, sft_rows
    from guardrail.redteam.regressions import files_beside, regressions
    from guardrail.redteam.report import encoded

    _put(folder / "report.json", [encoded(report)])
    _put(folder / "report.html", [html(run, report, guard.policy)])
    log = json.dumps(sarif_log(report, guard.policy), indent=2)
    _put(folder / "report.sarif", [log.encode(), b"\n"])
    _put(folder / "sft.jsonl", _lines(sft_rows(run, guard)))
    _put(folder / "preferences.jsonl", _lines(preference_rows(run, guard)))
    _put(folder / "hard_cases.jsonl", _lines(hard_case_rows(run)))
    for path, text in files_beside(guard).items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        _put(folder / path, [text.encode()])
    _put(folder / "regressions.guard", [regressions(run, guard).encode()])


def _lines(rows: Iterable[dict[str, object]]) -> Iterator[bytes]:
    for row in rows:
        yield json.dumps(row, ensure_ascii=False).encode() + b"\n"


def _put(path: Path, parts: Iterable[bytes]) -> None:
    from guardrail.cli.output import open_output

    with open_output(str(path), is_policy=True) as stream:
        stream.writelines(parts)


def _tell(report: Report, folder: Path) -> None:
    from guardrail.cli.redteam_reports import problems

    whole = report.whole
    for name, scores in (
        ("drawn evenly", whole.even),
        ("of those, families held out", whole.held_out),
        ("built on what got through", whole.stacked),
        *((("made by people", whole.people),) if whole.people.attempts else ()),
        *((("written by the attacker", whole.attacker),) if whole.attacker.attempts else ()),
    ):
        echo(f"{name}: {_scores(scores)}")
    if report.untried:
        names = ", ".join(report.untried)
        complain(
            f"{count(len(report.untried), 'rule')} not attacked: {names}",
            "report.html says why; a test that shows what must not get out makes one",
            level="warning",
        )
    for problem in problems(report):
        complain(problem, "attempts.jsonl has the attempts; nothing of them was judged")
    echo(f"The reports and artefacts are in {printable(str(folder))}; open report.html first.")


def _scores(scores: Scores) -> str:
    from guardrail.cli.redteam_reports import in_words

    return (
        f"{count(scores.attempts, 'attempt')}; model-unsafe {in_words(scores.model_unsafe)}, "
        f"filter-miss {in_words(scores.filter_miss)}, over-block {in_words(scores.over_block)}"
    )
