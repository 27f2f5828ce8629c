"""The jobs of the crash harness for Python's workers; ours know them under the same names (ChaosJobs.cs)."""
import os
import time

from rq import get_current_job

_ledger = os.open(os.environ['CHAOS_LEDGER'], os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)


def _note(kind, text):
    os.write(_ledger, ('%s %d %s\n' % (kind, time.monotonic_ns() // 1000, text)).encode())


def work(token, milliseconds, fails_above):
    """Takes its time, and fails while more retries are left than are said."""
    job = get_current_job()
    run = '%d-%d' % (os.getpid(), time.monotonic_ns())
    _note('S', '%s %s %s %d' % (token, job.id, run, os.getpid()))
    time.sleep(milliseconds / 1000)
    if (job.retries_left or 0) > fails_above:
        _note('E', '%s %s fail' % (token, run))
        raise ValueError('on purpose')
    _note('E', '%s %s ok' % (token, run))
    return token
