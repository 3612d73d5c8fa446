"""Puts the application together; imported by the entry points only."""

import os
from collections.abc import Mapping

import stripe

from checkout.gateway import PaymentGateway
from checkout.orders import OrderService

TIMEOUT_SECONDS = 10


def build_client(environ: Mapping[str, str] = os.environ) -> stripe.StripeClient:
    return stripe.StripeClient(
        environ["STRIPE_KEY"],
        max_network_retries=2,
        http_client=stripe.RequestsClient(timeout=TIMEOUT_SECONDS),
    )


def build_orders(orders) -> OrderService:
    return OrderService(orders, PaymentGateway(build_client()))
