import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A field of an answer: its status, a header, or an XML element without others in it. */
export interface Field {
  /** `HEAD object`, `GET list`, ... */
  readonly request: string;
  /** `status`, `header etag`, `element Size`. */
  readonly name: string;
}

/** Makes something else of a value. `before` is what the same field had in the last answer of its kind. */
export type Damage = (value: string, before: string | undefined) => string | undefined;

export interface Lie {
  readonly field: Field;
  readonly damage: Damage;
  /** Which of the answers that have the field, counted from 0. */
  readonly isChosen: (answer: number) => boolean;
}

interface Answer {
  readonly status: number;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: Buffer;
}

const LEAF = /<(\w+)>([^<]*)<\/\1>/g;
/** Of the connection to the proxy itself. */
const OF_CONNECTION: ReadonlySet<string> = new Set(['connection', 'keep-alive', 'transfer-encoding']);

/** Stands before an S3 server, remembers which fields its answers have, and lies about one of them. */
export class LyingProxy {
  readonly #target: URL;
  readonly #lie: Lie | undefined;
  readonly #before = new Map<string, string>();
  readonly #fields = new Map<string, Field>();
  #answers = 0;
  /** How often it has lied. */
  lies = 0;
  url = '';

  constructor(endpoint: string, lie: Lie | undefined) {
    this.#target = new URL(endpoint);
    this.#lie = lie;
  }

  get fields(): Field[] {
    return [...this.#fields.values()];
  }

  async answer(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const kind = kindOf(incoming);
    const answer = await this.#ask(incoming);
    const { status, headers, body } = this.#damaged(kind, answer);
    // So that no lie about a length is waited out.
    outgoing.shouldKeepAlive = false;
    outgoing.writeHead(status, [...headers, ['connection', 'close']].flat() as never);
    outgoing.end(incoming.method === 'HEAD' ? undefined : body, () => outgoing.socket?.destroySoon());
  }

  #ask(incoming: IncomingMessage): Promise<Answer> {
    const { method, url: path, rawHeaders } = incoming;
    const { hostname, port } = this.#target;
    return new Promise((resolve, reject) => {
      const onward = request({ hostname, port, method, path, headers: rawHeaders as never }, async (back) => {
        const chunks: Buffer[] = [];
        for await (const chunk of back) chunks.push(chunk as Buffer);
        const names = back.rawHeaders.filter((_, index) => index % 2 === 0);
        const headers = names.map((name, index) => [name, back.rawHeaders[index * 2 + 1] ?? ''] as const);
        resolve({
          status: back.statusCode ?? 500,
          headers: headers.filter(([name]) => !OF_CONNECTION.has(name.toLowerCase())),
          body: Buffer.concat(chunks),
        });
      });
      onward.on('error', reject);
      incoming.pipe(onward);
    });
  }

  #damaged(request: string, answer: Answer): Answer {
    const status = this.#valueOf({ request, name: 'status' }, String(answer.status));
    const headers = answer.headers.flatMap(([name, value]) => {
      const told = this.#valueOf({ request, name: `header ${name.toLowerCase()}` }, value);
      return told === undefined ? [] : [[name, printable(told)] as const];
    });
    const isXml = answer.body.subarray(0, 5).toString() === '<?xml';
    const body = isXml
      ? Buffer.from(
          answer.body.toString().replace(LEAF, (_whole, name: string, value: string) => {
            const told = this.#valueOf({ request, name: `element ${name}` }, value);
            return told === undefined ? '' : `<${name}>${told}</${name}>`;
          }),
        )
      : answer.body;
    const withLength = headers.map(([name, value]) =>
      name.toLowerCase() === 'content-length' && isXml
        ? ([name, String(body.length)] as const)
        : ([name, value] as const),
    );
    return { status: statusOf(status), headers: withLength, body };
  }

  #valueOf(field: Field, value: string): string | undefined {
    const id = `${field.request} ${field.name}`;
    const before = this.#before.get(id);
    this.#before.set(id, value);
    this.#fields.set(id, field);
    const lie = this.#lie;
    if (lie === undefined || id !== `${lie.field.request} ${lie.field.name}`) return value;
    if (!lie.isChosen(this.#answers++)) return value;
    const told = lie.damage(value, before);
    if (told !== value) this.lies += 1;
    return told;
  }
}

function kindOf({ method, url = '' }: IncomingMessage): string {
  const { pathname, searchParams } = new URL(url, 'http://any');
  const hasKey = pathname.split('/').filter((part) => part !== '').length > 1;
  const query = ['uploads', 'uploadId', 'partNumber', 'list-type', 'versions'].filter((name) =>
    searchParams.has(name),
  );
  return [method, hasKey ? 'object' : 'bucket', ...query].join(' ');
}

/** HTTP can hold nothing else in a header. */
function printable(value: string): string {
  return value.replace(/[^\t\x20-\x7e]/g, '?');
}

function statusOf(told: string | undefined): number {
  const status = Number(told);
  return Number.isInteger(status) && status >= 200 && status <= 599 ? status : 500;
}

export async function openLyingProxy(
  endpoint: string,
  lie?: Lie,
): Promise<{ readonly proxy: LyingProxy; readonly close: () => void }> {
  const proxy = new LyingProxy(endpoint, lie);
  const server: Server = createServer((incoming, outgoing) => {
    proxy.answer(incoming, outgoing).catch(() => outgoing.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  proxy.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const close = () => {
    server.closeAllConnections();
    server.close();
  };
  return { proxy, close };
}
