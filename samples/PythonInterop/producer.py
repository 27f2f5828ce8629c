"""Puts jobs for .NET on the queue "dotnet" and waits for what comes of them."""
import sys
import time
from decimal import Decimal

from redis import Redis
from rq import Queue

from forecasts import announce

redis = Redis.from_url(sys.argv[1] if len(sys.argv) > 1 else 'redis://localhost:6379/0')
dotnet = Queue('dotnet', connection=redis)


def result_of(job):
    """From RQ 1.16 on this is job.latest_result(timeout=60)."""
    while job.latest_result() is None:
        time.sleep(0.05)
    return job.latest_result()


basket = {
    'customer': 'Ada',
    'lines': [
        {'article': 'tea', 'count': 2, 'unit_price': Decimal('3.50')},
        {'article': 'cake', 'count': 1, 'unit_price': Decimal('2.25')},
    ],
}
job = dotnet.enqueue('orders.total', basket, discount=Decimal('0.1'), on_success=announce)
print('.NET says', repr(result_of(job).return_value))

wrong = dotnet.enqueue('orders.total', {'customer': 'Ada', 'lines': [{'article': 'tea', 'count': 'two', 'unit_price': 1}]})
print('.NET says', result_of(wrong).exc_string.splitlines()[0])
