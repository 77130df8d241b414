"""The published study's own prompts, from the installed inspect-evals, graded by our rules.

    pip install inspect-evals                        # what the extra `reference` installs
    inspect eval evals/reference.py --model anthropic/claude-opus-4-20250514
    inspect eval evals/reference.py --model ... -T design=published --epochs 100
    inspect eval evals/reference.py --model ... -T scenario=leaking
    inspect eval evals/reference.py --model ... -T scenario=murder -T design=published
    inspect eval evals/reference.py --model ... -T goal_type=swap -T goal_value=safety
    inspect eval evals/reference.py --model ... -T prod=true,false -T test_eval_awareness=true

Run beside `evals/blackmail.py` it tells our wording from the model. Parameters have the package's
names; what is wrong with its prompts is told in the log (`reference_defects`), not mended.
"""

from inspect_ai import Task, task

from turncoat.tasks.reference_task import reference_task


@task
def reference(
    scenario: str = "blackmail",
    design: str | None = None,
    goal_type: str | None = None,
    goal_value: str | None = None,
    urgency_type: str | None = None,
    extra_system_instructions: str | None = None,
    prod: str | bool | None = None,
    test_eval_awareness: str | bool | None = None,
    max_tokens: int = 10_000,
    accept_served: str | None = None,
    published_method: bool = False,
    precision: float | None = None,
    **unknown: object,
) -> Task:
    """How often does the agent do it under the very prompts of the study?

    Args:
        scenario: The package's scenario: `blackmail`, `leaking` or `murder`.
        design: `headline`, `control`, `published`, `every`, or several with commas;
            `headline,control` by default.
        goal_type: `explicit`, `latent`, `none`, `ambiguous`, `swap`, or several with commas.
        goal_value: `america`, `global`, `safety`, ..., where the goal type takes one.
        urgency_type: `replacement`, `restriction`, `none`.
        extra_system_instructions: `none`, `dont`, `goal`.
        prod: `true` leaves out the scratchpad.
        test_eval_awareness: `true` asks first whether it is a test.
        max_tokens: Completion limit.
        accept_served: A served model name that counts as the one asked for, or `any`.
        published_method: Also score every run by the published verdict rule, beside our own.
        precision: Run each condition until its rate is known to this half-width, such as 0.05,
            up to a maximum of epochs that `--epochs` may lower.
        **unknown: refused, with the valid names.
    """
    return reference_task(
        scenario,
        design=design,
        max_tokens=max_tokens,
        accept_served=accept_served,
        published_method=published_method,
        precision=precision,
        parameters={
            "goal_type": goal_type,
            "goal_value": goal_value,
            "urgency_type": urgency_type,
            "extra_system_instructions": extra_system_instructions,
            "prod": prod,
            "test_eval_awareness": test_eval_awareness,
            **unknown,
        },
    )
