"""Takes pictures from the queue and makes thumbnails of them."""

import logging

from thumbs.jobs import Job, JobQueue
from thumbs.render import thumbnail
from thumbs.storage import Storage

log = logging.getLogger(__name__)
WIDTHS = (160, 640)


def process(job: Job, storage: Storage) -> None:
    """Store one thumbnail per width. Raises StorageError and ImageError."""
    picture = storage.read(job.picture)
    for width in WIDTHS:
        storage.write(f"{job.picture}.{width}.webp", thumbnail(picture, width))


def run(queue: JobQueue, storage: Storage) -> None:
    while True:
        job = queue.take()
        try:
            process(job, storage)
        except Exception as error:
            log.exception("job %s failed: %s", job.id, job.picture)
            queue.failed(job, type(error).__name__)
        else:
            queue.done(job)
