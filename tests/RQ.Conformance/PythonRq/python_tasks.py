"""Jobs that Python workers run in these tests."""
import time

from rq import get_current_job


def add(x, y):
    return x + y


def echo(value):
    return value


def describe(*args, **kwargs):
    """What a job sees of itself, as Python prints it."""
    job = get_current_job()
    return {'call': repr((args, kwargs)), 'meta': repr(job.meta), 'timeout': job.timeout, 'origin': job.origin}


def note_progress(percent):
    job = get_current_job()
    job.meta['progress'] = percent
    job.save_meta()
    return job.id


def fail(message):
    raise ValueError(message)


def fail_times(times):
    """Fails so many times, then returns how often it was called."""
    job = get_current_job()
    calls = job.connection.incr('python_tasks:' + job.id)
    if calls <= times:
        raise ValueError('call %d' % calls)
    return calls


def note_success(job, connection, result):
    connection.set('python_tasks:succeeded:' + job.id, repr(result))


def wait_for(key):
    """Runs until the key exists."""
    connection = get_current_job().connection
    while not connection.exists(key):
        time.sleep(0.02)
    return key
