// The story of the examples, told through the TypeScript client; what came of it is printed as JSON.

import { readFile } from "node:fs/promises";
import { pathToFileURL } from "node:url";

const [, , client, address, key, stories] = process.argv;
const { Entrepot, Refused, Unanswered } = await import(pathToFileURL(client).href);
const { before, examples } = JSON.parse(await readFile(stories, "utf-8"));
const quick = { attempts: 3, firstWait: 0.001, longestWait: 1 };

async function failure(promise) {
  try {
    return { done: await promise };
  } catch (error) {
    if (error instanceof Refused) return { refused: error.code, facts: error.problem.facts };
    if (error instanceof Unanswered) return { unanswered: error.message, requestId: error.requestId };
    throw error;
  }
}

/** The answers to the first commands get lost on their way. */
function losing(count) {
  const sent = [];
  const fetching = async (input, init) => {
    const response = await fetch(input, init);
    if (init.method === "POST") {
      sent.push(init.headers["idempotency-key"]);
      if (sent.length <= count) throw new TypeError("the connection was lost");
    }
    return response;
  };
  return { sent, fetching };
}

const entrepot = new Entrepot(address, key, { patience: quick });
const told = {};
for (const [name, example] of examples) {
  told[name] = await entrepot[name](example, { requestId: `example "${name}"` });
}
const again = await entrepot.reserveStock(before.reserve, { requestId: 'example "reserveStock"' });

const lossy = losing(2);
const shaky = new Entrepot(address, key, { patience: quick, fetch: lossy.fetching });
const line = { goods: "coffee-1kg", quantity: 1, nodes: ["harbour"] };
const held = await shaky.reserveStock({ lines: [line], order: "shaky" });
const lost = new Entrepot(address, key, { patience: quick, fetch: losing(9).fetching });

console.log(
  JSON.stringify({
    told,
    again,
    lossy: { sent: lossy.sent, held },
    shaky: (await entrepot.findReservations({ order: "shaky" })).items.length,
    gone: await failure(new Entrepot("http://127.0.0.1:9", key, { patience: quick }).listGoods()),
    lost: await failure(lost.reserveStock({ lines: [line] }, { requestId: "lost" })),
    refused: await failure(entrepot.reserveStock({ lines: [{ ...line, goods: "none" }] })),
    unknown: await failure(entrepot.findReservation("a/b c%é")),
    actor: await entrepot
      .reserveStock({ lines: [line] }, { requestId: "zoe", onBehalfOf: "Zoë" })
      .then(() => entrepot.findMovements({ request_id: "zoe" })),
    stock: await entrepot.findAvailability({ goods: ["coffee-1kg", "rice"], detail: "total" }),
    events: await entrepot.readEvents({ limit: 5, wait: 1 }),
    bulk: await entrepot.sendCommands({
      commands: [{ request_id: "b1", command: "register-goods", body: { goods: [{ code: "b", name: "b" }] } }],
    }),
  }),
);
