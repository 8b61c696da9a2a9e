"""More processes that teach the same weights, without locks (Hogwild, Recht et al., arXiv:1106.5730).

One thread each is faster than as many threads in one process, and much so on a machine that does other things too.
"""

import random
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing import parent_process
from pathlib import Path
from typing import Any

import torch
from torch import multiprocessing

from inference.contract.environment import forget_secrets
from inference.training.pictures.denoiser import DenoiserTraining, Draw, Lesson


class Company:
    """What the leading process and its companions share beside the weights."""

    def __init__(self) -> None:
        context = multiprocessing.get_context("spawn")
        self.is_over: Any = context.Event()
        self._rate: Any = context.Value("d", 0.0)
        self._pictures: Any = context.Value("q", 0)

    @property
    def rate(self) -> float:
        """The leader's learning rate, against the usual one."""
        return float(self._rate.value)

    def lead(self, rate: float) -> int:
        """Sets the others' rate, and returns how many pictures they have learned from since the last time."""
        self._rate.value = rate
        with self._pictures.get_lock():
            taken, self._pictures.value = int(self._pictures.value), 0
        return taken

    def count(self, pictures: int) -> None:
        with self._pictures.get_lock():
            self._pictures.value += pictures


@contextmanager
def accompanied(
    training: DenoiserTraining, lesson: Callable[[], Lesson], checkpoint: Path, *, companions: int
) -> Iterator[Company]:
    """So many more processes learn while this is open. `lesson` is called in each, and has to be picklable."""
    forget_secrets()  # Before the first process: the context starts one for what is shared.
    company = Company()
    training.unet.share_memory()
    context = multiprocessing.get_context("spawn")
    processes = [
        context.Process(
            target=_accompany, args=(training.unet, lesson, checkpoint, company, training.step + number), daemon=True
        )
        for number in range(1, companions + 1)
    ]
    for process in processes:
        process.start()
    try:
        yield company
    finally:
        company.is_over.set()
        for process in processes:
            process.join()


def _accompany(unet: Any, lesson: Callable[[], Lesson], checkpoint: Path, company: Company, seed: int) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # The leader says when it is over.
    torch.set_num_threads(1)
    torch.manual_seed(seed)
    training = DenoiserTraining(unet)
    training.resume_optimizer(checkpoint)
    draw = Draw(lesson(), random.Random(seed))
    parent = parent_process()
    assert parent is not None
    while not company.is_over.is_set() and parent.is_alive():
        latents, states = draw()
        training.learn(latents, states, company.rate)
        company.count(len(latents))
