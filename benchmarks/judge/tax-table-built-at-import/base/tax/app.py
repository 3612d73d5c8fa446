from decimal import Decimal

from fastapi import FastAPI, HTTPException
from pydantic import BaseModel, Field

from tax.calculator import Calculator, Item
from tax.rates import NoRate

app = FastAPI()
calculator = Calculator()


class ItemIn(BaseModel):
    sku: str
    net: Decimal


class Basket(BaseModel):
    country: str
    items: list[ItemIn] = Field(max_length=500)


@app.post("/tax")
def tax(basket: Basket):
    items = [Item(each.sku, each.net) for each in basket.items]
    try:
        taxed = calculator.tax(items, basket.country)
    except NoRate as error:
        raise HTTPException(422, f"no rate for {error}") from error
    return {"items": [vars(each) for each in taxed]}
