from dataclasses import dataclass


@dataclass
class Job:
    id: int
    picture: str
    attempts: int = 0


class JobQueue:
    """A queue in Redis. A job that is taken and not finished comes back after five minutes."""

    def __init__(self, redis, name: str = "thumbs"):
        self._redis = redis
        self._name = name

    def take(self) -> Job:
        """Wait for the next job."""
        _, raw = self._redis.blpop(self._name)
        return Job(**self._redis.json().get(raw))

    def done(self, job: Job) -> None:
        self._redis.delete(f"{self._name}:taken:{job.id}")

    def failed(self, job: Job, reason: str) -> None:
        """Put the job on the list that the people on call look at."""
        self._redis.rpush(f"{self._name}:failed", f"{job.id} {reason}")
        self.done(job)
