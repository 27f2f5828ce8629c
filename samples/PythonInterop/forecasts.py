"""What the Python side of the shop does. Its worker runs these; RQ.NET calls them by name."""
from datetime import date

from rq import get_current_job
from rq.job import Job


def forecast(sold, *, days):
    if not sold:
        raise ValueError('nothing was sold yet, so nothing can be said')
    mean = sum(sold) / len(sold)
    return {'per_day': mean, 'from_day': date(2026, 12, 1), 'days': [mean] * days}


def receipt(order_id, *, greeting='Thank you'):
    """Reads the result of a job that .NET has run."""
    order = Job.fetch(order_id, connection=get_current_job().connection)
    return f'{greeting}: {order.return_value()} EUR'


def announce(job, connection, result):
    """A callback. A worker of Python calls it with the job, one of RQ.NET has it called with the job's id."""
    job_id = job if isinstance(job, str) else job.id
    print(f'Order {job_id} is {result} EUR', flush=True)
