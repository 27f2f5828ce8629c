"""Functions that Python workers run and that ours know under the same names (PythonSharedTasks.cs)."""
import time

from rq import get_current_job


def add(x, y):
    return x + y


def echo(value):
    return value


def fail(message):
    raise ValueError(message)


def fail_times(times):
    """Fails so many times, then returns how often it was called."""
    job = get_current_job()
    calls = job.connection.incr('shared_tasks:' + job.id)
    if calls <= times:
        raise ValueError('call %d' % calls)
    return calls


def wait_for(key):
    """Counts itself, then runs until the key exists."""
    job = get_current_job()
    job.connection.incr('shared_tasks:' + job.id)
    while not job.connection.exists(key):
        time.sleep(0.02)
    return key


def sleep(seconds):
    time.sleep(seconds)


def next_generation():
    """The sum of what the jobs returned that this one depends on, and of one."""
    return 1 + sum(job.return_value() for job in get_current_job().fetch_dependencies())


def note_success(job, connection, result):
    connection.set('shared_tasks:succeeded:' + job.id, str(result))


def note_failure(job, connection, type, value, traceback):
    connection.set('shared_tasks:failed:' + job.id, '%s: %s' % (type.__name__, value))
