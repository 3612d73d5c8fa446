"""What happens to orders. Payments go through PaymentGateway only."""

from dataclasses import dataclass

from checkout.gateway import PaymentDeclined, PaymentGateway


@dataclass
class Order:
    id: str
    cents: int
    state: str = "open"
    payment: str = ""


class OrderService:
    def __init__(self, orders, gateway: PaymentGateway):
        self._orders = orders
        self._gateway = gateway

    def pay(self, order_id: str, token: str) -> Order:
        order = self._orders.get(order_id)
        try:
            receipt = self._gateway.charge(order.cents, token, key=f"order-{order.id}")
        except PaymentDeclined:
            order.state = "declined"
            self._orders.save(order)
            raise
        order.state = "paid"
        order.payment = receipt.reference
        self._orders.save(order)
        return order
