"""Many calls at once: each waits on its own, and whatever is approved runs as soon as it is.

With the demo running:  COUNTERSIGN_URL=http://127.0.0.1:8000 COUNTERSIGN_API_KEY=csk_… python examples/fleet.py
"""

import asyncio

from countersign import AsyncCountersign, NotApproved

RESERVATIONS = ("AA11BB", "CC22DD", "EE33FF")


async def cancel(reservation_id: str) -> str:
    return f"cancelled {reservation_id}"


async def main() -> None:
    async with AsyncCountersign() as cs:

        async def one(reservation_id: str) -> str:
            action = await cs.submit("cancel_reservation", {"reservation_id": reservation_id})
            try:
                return await action.execute(cancel)
            except NotApproved as refused:
                return str(refused)

        for line in await asyncio.gather(*map(one, RESERVATIONS)):
            print(line)


if __name__ == "__main__":
    asyncio.run(main())
