from dataclasses import dataclass, field
from datetime import datetime


@dataclass
class Course:
    id: int
    name: str
    start: datetime
    places: int
    members: list[str] = field(default_factory=list)
    waiting: list[str] = field(default_factory=list)

    @property
    def is_full(self) -> bool:
        return len(self.members) >= self.places
