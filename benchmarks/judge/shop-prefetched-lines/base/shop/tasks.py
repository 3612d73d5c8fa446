from celery import shared_task
from django.core.files.storage import default_storage
from django.utils import timezone

from shop import reports


@shared_task
def nightly_open_orders() -> int:
    """Puts the list of open orders where the warehouse fetches it."""
    name = f"warehouse/open-{timezone.localdate().isoformat()}.csv"
    with default_storage.open(name, "w") as out:
        return reports.write_open_orders(out)
