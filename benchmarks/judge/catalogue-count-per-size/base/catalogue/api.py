from typing import Annotated

from fastapi import APIRouter, Depends, Query

from catalogue.store import CatalogueStore, get_store
from catalogue.schemas import Page, ProductOut

router = APIRouter(prefix="/products")
Limit = Annotated[int, Query(ge=1, le=100)]
Offset = Annotated[int, Query(ge=0, le=10_000)]


@router.get("", response_model=Page[ProductOut])
def products(
    limit: Limit = 20, offset: Offset = 0, store: CatalogueStore = Depends(get_store)
):
    """The public catalogue, by name."""
    found = store.products(limit, offset)
    return Page(items=[ProductOut(**vars(each)) for each in found], total=store.count())
