// How the client calls: one request, repeated under its own id for as long as its outcome is not known.
//
// A command is never sent under a second id of its own accord: that could do it twice. What was decided is returned, or
// thrown as Refused; where nothing can be learned within the attempts allowed, Unanswered names the id to ask with again.

import type { Problem } from "./schema.js";

/** The statuses after which the same request, under the same id, may fare better. */
const NOT_DECIDED: ReadonlySet<number> = new Set([408, 425, 429, 500, 502, 503, 504]);

/** It was decided that it is not done. `problem.code` says why, and `problem.facts` what to do about it. */
export class Refused extends Error {
  override readonly name = "Refused";

  constructor(readonly problem: Problem) {
    super(`${problem.code}: ${problem.detail}`);
  }

  get code(): string {
    return this.problem.code;
  }
}

/**
 * Nothing was learned: it may have been done, or not. Repeat it with `requestId`, and with no other, to learn.
 * `problem` is the last one had, if the server said anything; the connection's error is the cause otherwise.
 */
export class Unanswered extends Error {
  override readonly name = "Unanswered";

  constructor(
    message: string,
    readonly requestId: string | undefined,
    readonly problem: Problem | undefined,
    cause: unknown,
  ) {
    super(message, { cause });
  }
}

/**
 * How often to try (at least once), and the seconds to wait between: longer each time, at random up to a most.
 * A server that asks to wait longer than `longestWait` is not asked again.
 */
export interface Patience {
  readonly attempts: number;
  readonly firstWait: number;
  readonly longestWait: number;
}

export interface Options {
  readonly patience?: Partial<Patience>;
  /** Seconds that one attempt may take. */
  readonly timeout?: number;
  readonly fetch?: typeof fetch;
}

export interface SendOptions {
  /** The same for every repeat of the same command; one is made where none is given. */
  readonly requestId?: string;
  /** Who acts, where that is someone else than the key stands for. */
  readonly onBehalfOf?: string;
}

type Asked = Readonly<Record<string, string | number | readonly string[] | undefined>>;

export class Calls {
  private readonly base: string;
  private readonly patience: Patience;
  private readonly timeout: number;
  private readonly fetch: typeof fetch;

  constructor(
    baseUrl: string,
    private readonly key: string,
    options: Options = {},
  ) {
    this.base = baseUrl.replace(/\/+$/, "");
    this.patience = { attempts: 6, firstWait: 0.1, longestWait: 20, ...options.patience };
    this.timeout = options.timeout ?? 10;
    this.fetch = options.fetch ?? ((input, init) => fetch(input, init));
  }

  /** A command's reply. Throws Refused, Unanswered. */
  async send<T>(path: string, body: object, options: SendOptions): Promise<T> {
    const requestId = options.requestId ?? crypto.randomUUID();
    const headers = { ...actor(options), "idempotency-key": quoted(requestId) };
    return read(await this.answered("POST", path, headers, body, requestId));
  }

  /** The outcomes of many commands, each under its own id, so that the whole may be repeated. */
  async sendEach<T>(path: string, body: object, options: Pick<SendOptions, "onBehalfOf">): Promise<T> {
    return read(await this.answered("POST", path, actor(options), body));
  }

  /** A question's answer; what is undefined is not asked with. */
  async ask<T>(path: string, asked: Asked = {}): Promise<T> {
    const query = new URLSearchParams();
    for (const [name, value] of Object.entries(asked)) {
      for (const each of Array.isArray(value) ? value : [value]) {
        if (each !== undefined) query.append(name, String(each));
      }
    }
    const whole = query.size ? `${path}?${query}` : path;
    // Who asks to be kept waiting does not give up before that.
    return read(await this.answered("GET", whole, {}, undefined, undefined, Number(asked["wait"] ?? 0)));
  }

  /** What is done to one thing, and is the same when it is repeated. */
  async change<T>(method: string, path: string): Promise<T> {
    return read(await this.answered(method, path, {}));
  }

  private async answered(
    method: string,
    path: string,
    headers: Readonly<Record<string, string>>,
    body?: object,
    requestId?: string,
    patient = 0,
  ): Promise<Response> {
    const sent: RequestInit = {
      method,
      headers: {
        ...headers,
        accept: "application/json",
        authorization: `Bearer ${this.key}`,
        ...(body === undefined ? {} : { "content-type": "application/json" }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    };
    for (let failed = 1; ; failed += 1) {
      let problem: Problem | undefined;
      let asked: number | undefined;
      let cause: unknown;
      try {
        const signal = AbortSignal.timeout((this.timeout + patient) * 1_000);
        const response = await this.fetch(this.base + path, { ...sent, signal });
        const whole = new Response(response.status === 204 ? null : await response.arrayBuffer(), response);
        if (response.ok) return whole;
        problem = await problemOf(whole);
        if (!NOT_DECIDED.has(response.status)) throw new Refused(problem);
        asked = retryAfter(response);
      } catch (error) {
        if (error instanceof Refused) throw error;
        cause = error;
      }
      const wait = this.wait(failed, asked);
      if (wait === undefined) {
        const said = problem === undefined ? `no answer: ${String(cause)}` : `${problem.code}: ${problem.detail}`;
        throw new Unanswered(`${said} (after ${failed} attempts)`, requestId, problem, cause);
      }
      await new Promise((resolve) => setTimeout(resolve, wait * 1_000));
    }
  }

  private wait(failed: number, asked: number | undefined): number | undefined {
    const { attempts, firstWait, longestWait } = this.patience;
    if (failed >= attempts || (asked !== undefined && asked > longestWait)) return undefined;
    return Math.max(asked ?? 0, Math.random() * Math.min(longestWait, firstWait * 2 ** (failed - 1)));
  }
}

async function read<T>(response: Response): Promise<T> {
  return (response.status === 204 ? undefined : await response.json()) as T;
}

/** A structured string (RFC 9651): every request id of visible ASCII and spaces can be said so. */
function quoted(requestId: string): string {
  return `"${requestId.replace(/[\\"]/g, "\\$&")}"`;
}

function actor(options: Pick<SendOptions, "onBehalfOf">): Record<string, string> {
  if (options.onBehalfOf === undefined) return {};
  // A header's value is bytes: each byte of the UTF-8 goes as the character of its number.
  const bytes = new TextEncoder().encode(options.onBehalfOf);
  return { "on-behalf-of": Array.from(bytes, (byte) => String.fromCharCode(byte)).join("") };
}

function retryAfter(response: Response): number | undefined {
  const said = response.headers.get("retry-after") ?? "";
  return /^\d+$/.test(said) ? Number(said) : undefined;
}

/** What the server says; where something in between answers in words of its own, the status alone. */
async function problemOf(response: Response): Promise<Problem> {
  const text = await response.text();
  try {
    const said: unknown = JSON.parse(text);
    if (typeof said === "object" && said !== null && "code" in said && "facts" in said) return said as Problem;
  } catch {
    // not ours
  }
  return {
    type: "about:blank",
    title: response.statusText,
    status: response.status,
    detail: text.slice(0, 200),
    instance: "",
    code: `http.${response.status}`,
    facts: {},
    request_id: null,
    retryable: NOT_DECIDED.has(response.status),
  };
}
