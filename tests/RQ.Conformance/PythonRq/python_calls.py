"""Functions and callbacks that are called across the languages in these tests. Callbacks note what they got in Redis."""
import os

from redis import Redis
from rq import get_current_job


def seen(*args, **kwargs):
    """The arguments as Python shows them."""
    return repr((args, dict(sorted(kwargs.items()))))


def keyword_only(text, *, repeat=2, sep='-'):
    return sep.join([text] * repeat)


def total(*numbers, scale=1):
    return sum(numbers) * scale


def statistics(words):
    return {'count': len(words), 'longest': max(words, key=len)}


def fail(message):
    raise ValueError(message)


def second_time():
    """Fails when it is run first."""
    runs = Redis.from_url(os.environ['RQ_REDIS_URL']).incr('runs:' + get_current_job().id)
    if runs == 1:
        raise ValueError('not yet')
    return 7


def note(job_id, *rest):
    """A callback that was handed over: it gets the job's id and data."""
    job = get_current_job()
    parts = [part if not isinstance(part, str) else part.split('\n')[0] for part in rest]
    Redis.from_url(os.environ['RQ_REDIS_URL']).rpush('noted:' + job_id, '%r %s' % (parts, job.timeout))


class Account:
    def close(self):
        pass
