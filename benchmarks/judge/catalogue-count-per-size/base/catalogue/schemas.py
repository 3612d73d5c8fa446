from enum import StrEnum
from typing import Generic, TypeVar

from pydantic import BaseModel

Item = TypeVar("Item")


class Size(StrEnum):
    SMALL = "s"
    MEDIUM = "m"
    LARGE = "l"


class ProductOut(BaseModel):
    sku: str
    name: str
    size: Size
    cents: int


class Page(BaseModel, Generic[Item]):
    items: list[Item]
    total: int
