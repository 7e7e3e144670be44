"""Why an event is not taken in."""

from domain.kernel.refusal import Refusal


class EventUnsupported(Refusal):
    """Nothing is done here for events of this kind (`type`, `action`, `bizStep`, `disposition`): it changes no stock.

    Nothing is to be done. Where it should have changed something, send the command that says so.
    """

    code = "epcis.unsupported"


class EventCorrected(Refusal):
    """The event declares that an earlier one was wrong. What was taken in of that one stands (`event`).

    Count the positions that the wrong event changed; do not capture the corrective events beside that count.
    """

    code = "epcis.correction"


class EventIncomplete(Refusal):
    """The event does not say what must be known to do something for it (`lacks`): goods, place, or shipment.

    Have its sender name what is missing, or send the command that says it.
    """

    code = "epcis.incomplete"


class EventMalformed(Refusal):
    """A member of the event has another form than the standard gives it (`field`).

    Validate what is sent against the schema of EPCIS 2.0.
    """

    code = "epcis.malformed"


class QuantityUnclear(Refusal):
    """A quantity cannot be counted here: another unit of measure than the mapping's, or no whole number of ours.

    Map the goods with this unit of measure (`uom`) and how many of our smallest units it is (`units`).
    """

    code = "epcis.quantity"
