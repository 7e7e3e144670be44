"""What promising and reserving what was promised is refused with."""

from domain.kernel.refusal import Refusal


class PromiseUnknown(Refusal):
    """There is no kept promise with this id, or it was dropped.

    Ask for a promise anew; to hand one back later, keep it or send its token.
    """

    code = "promise.unknown"


class PromiseExists(Refusal):
    """A promise is kept under this id already.

    Keep it under another; by default the id is the request's, which is never taken twice.
    """

    code = "promise.exists"


class PromiseToken(Refusal):
    """The token was not made here, was changed, is cut off, or was made to another caller.

    Send a token as it was answered to the same caller; tokens end when the installation's secret changes. Ask for a
    promise anew.
    """

    code = "promise.token"


class PromiseExpired(Refusal):
    """The promise was good until `valid_until`, which is over.

    Ask for a promise anew.
    """

    code = "promise.expired"


class PromiseMoved(Refusal):
    """What was promised is no longer there as it was: `moved` names what is short, with what can be granted now; where
    a goods or node became inactive, or the node does not work on the day it would leave (`node.closed`), `codes` names
    it and `cause` says so.

    Nothing is held. `offer` is a promise of the same made now, where there is one: reserve it by its token.
    """

    code = "promise.moved"


class PromiseShort(Refusal):
    """Not all that is wanted can be promised: `short` names the lines, and how much of each could be.

    Ask for less, for another place or policy, or take what there is with `partial`.
    """

    code = "promise.short"


class PromisesTooMany(Refusal):
    """As many promises are kept as may be (`most`).

    Drop old ones, or reserve by the token, which keeps nothing.
    """

    code = "promise.too_many"


class PromiseLarge(Refusal):
    """The promise has more parts than one token, or one kept promise, can hold.

    Ask for fewer lines at once.
    """

    code = "promise.too_large"


class PromiseWide(Refusal):
    """What is wanted lies at more places than a promise, or many that are asked for at once, are chosen from.

    Ask for fewer lines or fewer promises at once, or for a destination with fewer nodes before it.
    """

    code = "promise.too_wide"


class PolicyUnknown(Refusal):
    """There is no policy of this name (`policy`).

    Name one of those that are published, or none: the business identity selects one then.
    """

    code = "policy.unknown"


class PromiseUnpooled(Refusal):
    """A line is of goods that have no pool (`line`, `goods`): nothing of them can be held at no node.

    Reserve it from nodes (`reserve-wanted`), or set a wide quota on the goods, which opens their pool.
    """

    code = "promise.unpooled"


class ReservationUnsourced(Refusal):
    """The reservation was not made of a promise: what was wanted is not known, and cannot be planned again.

    Say yourself where it shall be held from now on (`exchange-holds`).
    """

    code = "reservation.unsourced"
