"""A worker process as its parent holds it: started, sent requests, noticed when it dies.

Requests leave by a queue and a thread of their own, so a caller never waits for a busy
worker; reports arrive in a second thread. Knows nothing of runs beyond their ids.
"""

from __future__ import annotations

import os
import queue
import socket
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

from moeviz.engine.marker import TurnMarker, marker_descriptor
from moeviz.engine.messages import Broken, Quit, Ready, Report, Request
from moeviz.engine.wire import Line

_PROJECT = Path(__file__).parents[2]
_EXIT_S = 0.5
_ONE_THREAD = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")


class WorkerProcess:
    """One worker. `on_report` and `on_end` are called from its own thread.

    A plain subprocess with `-m`, because a `multiprocessing` spawn would run app.py again in the
    child. In a session of its own, because Ctrl-C in the terminal is for the server alone. OSError
    when the machine starts no further process.
    """

    def __init__(
        self,
        trainer: str,
        on_report: Callable[[Report], None],
        on_end: Callable[[WorkerProcess], None],
    ) -> None:
        self._on_report, self._on_end = on_report, on_end
        self.ready, self.broken, self.closing = False, "", False
        self._requests: queue.SimpleQueue[Request | None] = queue.SimpleQueue()
        ours, theirs = socket.socketpair()
        try:
            with theirs, marker_descriptor() as marker:
                self._turn = TurnMarker(marker)
                self._popen = _spawn(trainer, theirs.fileno(), marker)
        except OSError:
            ours.close()
            raise
        self._line: Line[Request, Report] = Line(ours.detach())
        self._threads = [
            threading.Thread(target=work, name=f"worker-{self.pid}-{work.__name__}", daemon=True)
            for work in (self._send_all, self._receive_all)
        ]
        for thread in self._threads:
            thread.start()

    @property
    def pid(self) -> int:
        """The process's number in the system."""
        return self._popen.pid

    @property
    def turn_of(self) -> str:
        """The run that has its turn, or had it when the worker died."""
        return self._turn.read()

    @property
    def ending(self) -> str:
        """How the process ended, in words."""
        code = self._popen.returncode
        return f"was killed by signal {-code}" if code < 0 else f"ended with exit code {code}"

    def send(self, request: Request) -> None:
        """Ask without waiting."""
        self._requests.put(request)

    def close(self, timeout_s: float = 2.0) -> None:
        """Ask the worker to end, and see that it does."""
        self.closing = True
        self.send(Quit())
        self._threads[1].join(timeout_s)
        if self._threads[1].is_alive():
            self._popen.kill()
            self._threads[1].join()

    def _send_all(self) -> None:
        while (request := self._requests.get()) is not None:
            try:
                self._line.send(request)
            except OSError:
                return

    def _receive_all(self) -> None:
        try:
            while True:
                report = self._line.recv()
                self.ready = self.ready or isinstance(report, Ready)
                if isinstance(report, Broken):
                    self.broken = report.reason
                self._on_report(report)
        except (EOFError, OSError):
            pass
        finally:
            self._bury()

    def _bury(self) -> None:
        """The connection is gone: the process is dead, or of no use any more."""
        try:
            self._popen.wait(_EXIT_S)
        except subprocess.TimeoutExpired:
            self._popen.kill()
            self._popen.wait()
        self._requests.put(None)
        self._threads[0].join()
        if self._popen.stdin:
            self._popen.stdin.close()
        self._line.close()
        self._on_end(self)
        self._turn.close()


def _spawn(trainer: str, connection: int, marker: int) -> subprocess.Popen[bytes]:
    paths = [str(_PROJECT), os.environ.get("PYTHONPATH", "")]
    environment = {
        **os.environ,
        **dict.fromkeys(_ONE_THREAD, "1"),
        "PYTHONPATH": os.pathsep.join(filter(None, paths)),
    }
    arguments = ["--fd", str(connection), "--turn-fd", str(marker), "--trainer", trainer]
    return subprocess.Popen(
        [sys.executable, "-m", "moeviz.engine.worker", *arguments],
        pass_fds=(connection, marker),
        stdin=subprocess.PIPE,
        env=environment,
        start_new_session=True,
    )
