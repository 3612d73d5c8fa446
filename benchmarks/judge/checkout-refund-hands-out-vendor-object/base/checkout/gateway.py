"""The one place that knows which company takes our payments."""

from dataclasses import dataclass

import stripe


class PaymentDeclined(Exception):
    """The card was refused; the text may be shown to the customer."""


class GatewayUnavailable(Exception):
    """Nobody knows whether the payment was made; try again with the same key."""


@dataclass(frozen=True)
class Receipt:
    reference: str
    cents: int


class PaymentGateway:
    def __init__(self, client: stripe.StripeClient):
        self._client = client

    def charge(self, cents: int, token: str, key: str) -> Receipt:
        """Take money once per *key*. Raises PaymentDeclined or GatewayUnavailable."""
        try:
            intent = self._client.payment_intents.create(
                {"amount": cents, "currency": "eur", "payment_method": token, "confirm": True},
                {"idempotency_key": key},
            )
        except stripe.CardError as error:
            raise PaymentDeclined(error.user_message) from error
        except stripe.APIConnectionError as error:
            raise GatewayUnavailable(key) from error
        return Receipt(intent.id, intent.amount)
