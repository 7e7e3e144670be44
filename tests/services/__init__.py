"""Real servers for tests, without containers. `make services` brings up those that all tests share.

    url = url_of("postgres")                       # of the shared one; skips, and says how to get it
    async with private_server("nats", tmp_path) as nats:   # the test's own, to break
        await nats.kill()
        await nats.restart()

Names: postgres, mariadb, redis, valkey, nats, kafka, rabbitmq, elasticsearch, opensearch, s3.
"""

from tests.services.private import PrivateServer, private_server
from tests.services.shared import url_of

__all__ = ["PrivateServer", "private_server", "url_of"]
