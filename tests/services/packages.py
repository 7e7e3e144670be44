"""Servers from Debian's packages: MariaDB, Redis, RabbitMQ. Root is needed to install them, not to run them."""

from typing import Final

from tests.services.server import HOST, Place, Program, Server, installed
from tests.services.wheels import answers_ping, converse, redis_settings

RABBITMQ: Final = "/usr/lib/rabbitmq/bin"
"""The wrapper in /usr/sbin insists on a user of its own."""


class MariaDb(Server):
    """Durable as it is: innodb_flush_log_at_trx_commit is 1."""

    name = "mariadb"
    title = "MariaDB"
    ports = (13306,)
    refuses_root = True
    user = "entrepot"

    def find(self) -> None:
        self.program("mariadbd")
        self.program("mariadb-install-db")

    def program(self, name: str) -> str:
        return installed(name, "mariadb-server")

    def prepare(self, place: Place) -> None:
        make = self.program("mariadb-install-db")
        options = ("--no-defaults", f"--datadir={place.data}", "--auth-root-authentication-method=normal")
        self.run(place, Program((make, *options, "--skip-test-db")))

    def programs(self, place: Place) -> tuple[Program, ...]:
        first = place.folder / "init.sql"
        first.write_text(
            f"CREATE USER IF NOT EXISTS {self.user}@'%' IDENTIFIED BY '{self.user}';\n"
            f"GRANT ALL PRIVILEGES ON *.* TO {self.user}@'%' WITH GRANT OPTION;\n"
            f"CREATE DATABASE IF NOT EXISTS {self.user} CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;\n"
        )
        settings = {
            "datadir": place.data,
            "port": place.port,
            "bind-address": HOST,
            "socket": place.folder / "mariadb.sock",
            "pid-file": place.folder / "mariadb.pid",
            "init-file": first,
            "skip-name-resolve": "1",
            "max-connections": 200,
            "innodb-buffer-pool-size": "128M",
        }
        arguments = [f"--{name}={value}" for name, value in settings.items()]
        return (Program((self.program("mariadbd"), "--no-defaults", *arguments)),)

    def url(self, place: Place) -> str:
        return f"mariadb://{self.user}:{self.user}@{HOST}:{place.port}/{self.user}"

    async def ask(self, place: Place) -> None:
        import aiomysql

        connection = await aiomysql.connect(
            host=HOST, port=place.port, user=self.user, password=self.user, db=self.user, connect_timeout=5
        )
        connection.close()


class Redis(Server):
    """The second server of Redis's protocol to test against."""

    name = "redis"
    title = "Redis"
    ports = (16379,)

    def find(self) -> None:
        installed("redis-server", "redis-server")

    def prepare(self, place: Place) -> None:
        place.data.mkdir()

    def programs(self, place: Place) -> tuple[Program, ...]:
        return (Program((installed("redis-server", "redis-server"), *redis_settings(place))),)

    def url(self, place: Place) -> str:
        return f"redis://{HOST}:{place.port}/0"

    async def ask(self, place: Place) -> None:
        await answers_ping(place)


class RabbitMq(Server):
    """With an epmd of its own, which would otherwise be left behind."""

    name = "rabbitmq"
    title = "RabbitMQ"
    ports = (15673, 15674, 15675)
    seconds = 120

    def find(self) -> None:
        installed("rabbitmq-server", "rabbitmq-server", RABBITMQ)
        installed("epmd", "erlang-base")

    def prepare(self, place: Place) -> None:
        place.data.mkdir()

    def programs(self, place: Place) -> tuple[Program, ...]:
        amqp, distribution, epmd = place.ports
        configuration = place.folder / "rabbitmq.conf"
        configuration.write_text(
            f"listeners.tcp.1 = {HOST}:{amqp}\n"
            "vm_memory_high_watermark.absolute = 2GiB\n"
            "disk_free_limit.absolute = 200MB\n"
            "log.console = true\nlog.console.level = warning\nlog.file = false\n"
        )
        plugins = place.folder / "enabled_plugins"
        plugins.write_text("[].\n")
        known = {"ERL_EPMD_PORT": str(epmd), "ERL_EPMD_ADDRESS": HOST}
        settings = {
            **known,
            "RABBITMQ_NODENAME": f"entrepot-{amqp}@localhost",
            "RABBITMQ_MNESIA_BASE": str(place.data),
            "RABBITMQ_LOG_BASE": str(place.folder),
            "RABBITMQ_CONFIG_FILE": str(configuration),
            "RABBITMQ_DIST_PORT": str(distribution),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(plugins),
            "RABBITMQ_PID_FILE": str(place.folder / "rabbitmq.pid"),
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "+sbwt none +sbwtdcpu none +sbwtdio none",
        }
        return (
            Program((installed("epmd", "erlang-base"), "-port", str(epmd), "-address", HOST), known),
            Program((installed("rabbitmq-server", "rabbitmq-server", RABBITMQ),), settings),
        )

    def url(self, place: Place) -> str:
        return f"amqp://guest:guest@{HOST}:{place.port}/"

    async def ask(self, place: Place) -> None:
        import aio_pika

        await converse(place.port, b"AMQP\x00\x00\x09\x01", until=b"PLAIN")  # the driver logs loudly of one not ready
        connection = await aio_pika.connect(self.url(place), timeout=5)
        await connection.close()
