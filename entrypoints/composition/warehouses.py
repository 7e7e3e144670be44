"""The warehouse systems that the settings name, composed."""

import asyncio
import random
import time
from contextlib import AsyncExitStack

from adapters.acl.wms.webhook import Source, Webhook
from application.kernel.breaker import Backoff, BreakerLimits, CircuitBreaker
from application.kernel.ports import Codec
from application.kernel.register_pages import RegisterReader
from application.stock.request_shipping import FAILURES, GuardedWarehouse, RequestShipping, Warehouse
from entrypoints.composition.optional import optional
from entrypoints.composition.settings import Settings
from entrypoints.wire.warehouses import ship_to_of, sources_of


def webhook_of(settings: Settings, reader: RegisterReader) -> Webhook:
    """Whoever hears what warehouses tell; with no source, nobody."""
    named = sources_of(settings.wms.sources.get_secret_value())
    sources = {name: Source(name, tenant, secrets) for name, (tenant, secrets) in named.items()}
    return Webhook(sources, reader, time.time, settings.wms.skew_seconds)


def shipping_of(settings: Settings, codec: Codec, leaving: AsyncExitStack) -> RequestShipping:
    """Whoever asks warehouses to ship. Raises BadSettings where one is to be asked, and there is no HTTP client."""
    chosen = settings.wms
    by_url: dict[str, Warehouse] = {}
    warehouses: dict[tuple[str, str], Warehouse] = {}
    make = optional("adapters.acl.wms.warehouse:HttpWarehouse", "client")
    clock = asyncio.get_running_loop().time
    for place, url in ship_to_of(chosen.ship_to).items():
        if url not in by_url:
            made = make(url, chosen.secret.get_secret_value(), chosen.seconds)
            leaving.push_async_callback(made.close)
            name = f"the warehouse of {'/'.join(place)}"
            breaker = CircuitBreaker(name, clock, FAILURES, BreakerLimits())
            by_url[url] = GuardedWarehouse(made, breaker, chosen.at_once)
        warehouses[place] = by_url[url]
    return RequestShipping(warehouses, codec, random.random, Backoff())
