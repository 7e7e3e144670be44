"""Every metric there is, once: the page of them and what is exported are both read from here."""

from typing import Final, Literal, NamedTuple

Shape = Literal["counter", "gauge", "histogram"]


class Metric(NamedTuple):
    """A family of samples. `labels` beside `process`, which all have that are not `shared`: of the database, the same
    whichever process is asked."""

    name: str
    shape: Shape
    labels: tuple[str, ...]
    meaning: str
    shared: bool = False


METRICS: Final = (
    Metric("entrepot_info", "gauge", ("version",), "1, with the release that runs"),
    Metric("entrepot_process_up", "gauge", (), "1 if this process of the server answered when it was asked, else 0"),
    # -- what callers ask ---------------------------------------------------------------------------------------------
    Metric(
        "entrepot_commands_total",
        "counter",
        ("command", "outcome", "code"),
        "commands by what became of them: accepted (also when repeated), refused by a decision, failed by no fault of "
        "the caller's; `code` says why, empty where accepted",
    ),
    Metric(
        "entrepot_command_seconds", "histogram", ("command",), "seconds from when a command was handed on to its answer"
    ),
    Metric(
        "entrepot_http_requests_total",
        "counter",
        ("method", "route", "status"),
        "requests answered, by the template of their route; status 499: the caller was gone before the answer",
    ),
    Metric(
        "entrepot_http_request_seconds",
        "histogram",
        ("method", "route"),
        "seconds from when a request's headers were there to the end of its answer; an event stream lasts as long as "
        "it is read",
    ),
    Metric("entrepot_feed_listeners", "gauge", (), "callers that wait for events now"),
    # -- who asks -----------------------------------------------------------------------------------------------------
    Metric("entrepot_rate_refused_total", "counter", (), "times a key was told to come back for asking too often"),
    Metric("entrepot_rate_keys", "gauge", (), "keys whose rate is kept track of"),
    Metric("entrepot_key_look_ups_total", "counter", (), "keys looked up in the database because none was remembered"),
    Metric(
        "entrepot_keys_remembered",
        "gauge",
        ("known",),
        "ids of keys remembered: those there are, and those there are not",
    ),
    # -- the committer ------------------------------------------------------------------------------------------------
    Metric("entrepot_committer_waiting", "gauge", (), "commands that wait to be gathered into a transaction"),
    Metric("entrepot_committer_batch_commands", "histogram", (), "commands in one transaction"),
    Metric(
        "entrepot_committer_commands_total",
        "counter",
        ("outcome",),
        "commands settled: accepted, repeated (answered as before), refused, fault (ours), unknown (the answer of the "
        "commit was lost)",
    ),
    Metric("entrepot_committer_reruns_total", "counter", (), "transactions run again after contention"),
    Metric("entrepot_committer_halvings_total", "counter", (), "batches divided to find the command that fails"),
    # -- the worker ---------------------------------------------------------------------------------------------------
    Metric("entrepot_worker_running", "gauge", ("job",), "1 while the loop of this job runs in the process"),
    Metric("entrepot_worker_failures_total", "counter", ("job",), "times a job failed and was put off"),
    Metric("entrepot_relay_published_total", "counter", (), "events published"),
    Metric("entrepot_relay_failures_total", "counter", (), "times the broker took nothing"),
    Metric("entrepot_relay_lost_leases_total", "counter", (), "partitions that another relay had taken over meanwhile"),
    Metric("entrepot_deadlines_claimed_total", "counter", (), "deadlines claimed"),
    Metric("entrepot_deadlines_fired_total", "counter", (), "deadlines that the ledger answered"),
    Metric("entrepot_deadlines_left_total", "counter", (), "deadlines claimed, not answered, and claimed again later"),
    Metric(
        "entrepot_purged_total",
        "counter",
        ("what",),
        "what was deleted because it was kept long enough: requests, tombstones, events, messages, entries; promises, "
        "which are dropped",
    ),
    Metric("entrepot_clock_paused", "gauge", (), "1 while nothing expires because a clock is not trusted"),
    # -- the cache of what may be promised ----------------------------------------------------------------------------
    Metric(
        "entrepot_cache_goods_total",
        "counter",
        ("found",),
        "goods asked for of the cache, by whether it had them: yes, no",
    ),
    Metric(
        "entrepot_cache_passed_total",
        "counter",
        (),
        "questions that went past the cache to the ledger: for too many goods, one of too many positions, a version "
        "the cache had not heard of, or because it did not answer",
    ),
    Metric("entrepot_cache_fills_total", "counter", (), "goods read from the ledger to be kept"),
    Metric("entrepot_cache_early_total", "counter", (), "goods read anew shortly before their entry ended"),
    Metric("entrepot_cache_errors_total", "counter", (), "times the cache did not answer, or was not asked for that"),
    Metric("entrepot_cache_spoilt_total", "counter", (), "entries found that no release of ours writes"),
    Metric(
        "entrepot_cache_age_seconds",
        "histogram",
        (),
        "seconds from when the ledger was read to an answer from the cache, of the oldest goods in it",
    ),
    Metric(
        "entrepot_cache_events_total",
        "counter",
        ("outcome",),
        "balances told by events: learnt, of these after a gap (an event was missed), or dropped because the cache "
        "did not answer",
    ),
    Metric(
        "entrepot_cache_lag_seconds",
        "histogram",
        (),
        "seconds from a commit until what it changed was in the cache, of the oldest of those handed on together",
    ),
    # -- the servers that adapters speak to ---------------------------------------------------------------------------
    Metric("entrepot_adapter_up", "gauge", ("adapter",), "1 if the adapter's server answered the last call, else 0"),
    Metric("entrepot_adapter_calls_total", "counter", ("adapter",), "calls made to the server"),
    Metric("entrepot_adapter_errors_total", "counter", ("adapter",), "calls that it did not answer, or not in time"),
    Metric("entrepot_adapter_seconds_total", "counter", ("adapter",), "seconds that all calls took together"),
    Metric("entrepot_adapter_downs_total", "counter", ("adapter",), "times it went from answering to not answering"),
    # -- search -------------------------------------------------------------------------------------------------------
    Metric(
        "entrepot_search_documents_total",
        "counter",
        ("outcome",),
        "documents given to the index by events: written, or known (it had one as late already)",
    ),
    Metric("entrepot_search_lag_seconds", "histogram", (), "seconds from a commit until its event was in the index"),
    Metric("entrepot_search_seconds", "histogram", ("asked",), "seconds that an answer of the index took"),
    Metric(
        "entrepot_search_failures_total",
        "counter",
        ("asked",),
        "times the index did not answer a question (find, add_up) or did not take what an event told (take_in)",
    ),
    # -- the database -------------------------------------------------------------------------------------------------
    Metric("entrepot_database_up", "gauge", (), "1 if the database said what waits in it, else 0", True),
    Metric("entrepot_outbox_unpublished", "gauge", (), "events to be published; at most 100,000 are counted", True),
    Metric("entrepot_outbox_oldest_seconds", "gauge", (), "age of the oldest event to be published, 0 if none", True),
    Metric("entrepot_deadlines_due", "gauge", (), "deadlines that are due; at most 100,000 are counted", True),
    Metric("entrepot_deadlines_late_seconds", "gauge", (), "how long the first of those is overdue, 0 if none", True),
    Metric("entrepot_parked_messages", "gauge", ("group",), "messages that a group of consumers could not take", True),
    Metric(
        "entrepot_database_bytes", "gauge", ("file",), "size of the database's file and of its write-ahead log", True
    ),
    # -- the process, as the operating system sees it (on Linux) ------------------------------------------------------
    Metric("process_cpu_seconds_total", "counter", (), "processor time used, in seconds"),
    Metric("process_resident_memory_bytes", "gauge", (), "memory in use"),
    Metric("process_virtual_memory_bytes", "gauge", (), "memory reserved"),
    Metric("process_start_time_seconds", "gauge", (), "when it was started, in seconds since 1970"),
    Metric("process_open_fds", "gauge", (), "open files and connections"),
    Metric("process_max_fds", "gauge", (), "most there may be"),
)
BY_NAME: Final = {metric.name: metric for metric in METRICS}
