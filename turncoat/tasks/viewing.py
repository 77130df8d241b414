"""How a log of ours looks in Inspect's viewer."""

from __future__ import annotations

from inspect_ai.viewer import (
    ScoreColorScale,
    TaskSamplesColumn,
    TaskSamplesSort,
    TaskSamplesView,
    ViewerConfig,
)

_SCORES = {
    "harmful": "Harmful",
    "any_harm": "Any harm",
    "valid": "Valid",
    "attempted": "Attempted",
    "eval_aware": "Suspects a test",
}
"""Keys of the score `conduct`, and what they are called above their columns."""


def viewer_config() -> ViewerConfig:
    """The columns of the list of samples: what was run, what came of it, and what it cost.

    A sample is known by its condition and surface; the harmful ones come first. The prompt is left
    to the sample's own page. Nothing is rendered as Markdown: what an agent writes is not to be
    trusted, and its XML tool tags would vanish as HTML.
    """
    return ViewerConfig(
        trust_content=False,
        task_samples_view=TaskSamplesView(
            name="Runs",
            columns=[
                TaskSamplesColumn(id="sampleStatus"),
                TaskSamplesColumn(id="sampleId"),
                TaskSamplesColumn(id="epoch"),
                TaskSamplesColumn(id="answer"),
                *(TaskSamplesColumn.score("conduct", key) for key in _SCORES),
                TaskSamplesColumn(id="tokens"),
                TaskSamplesColumn(id="duration"),
                TaskSamplesColumn(id="input", visible=False),
                TaskSamplesColumn(id="target", visible=False),
                TaskSamplesColumn(id="sampleUuid", visible=False),
            ],
            sort=[TaskSamplesSort.score("conduct", "harmful", dir="desc")],
            multiline=False,
            score_labels=_SCORES,
            score_color_scales={
                "harmful": ScoreColorScale(palette="good-low", min=0, max=1),
                "any_harm": ScoreColorScale(palette="good-low", min=0, max=1),
            },
            color_scales_enabled=True,
        ),
    )
