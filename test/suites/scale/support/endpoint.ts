import type { Operation, S3Server } from '../../../../src/s3-server/index.ts';
import { startS3Server } from '../../../../src/s3-server/index.ts';
import { TEST_BUCKET } from '../../../support/s3-server.ts';

const KEYS = { accessKeyId: 'KEY', secretAccessKey: 'SECRET' };

/** A request that has arrived, and is answered afterwards. */
export interface Request {
  readonly operation: Operation;
  /** Empty if the request is for no object. */
  readonly key: string;
}

/** An endpoint that can go away and come back with all that it holds. */
export class Endpoint {
  readonly #directory: string;
  readonly #port: number;
  readonly #watchers = new Set<(request: Request) => void>();
  #server: S3Server | undefined;

  constructor(directory: string, port: number) {
    this.#directory = directory;
    this.#port = port;
  }

  /** The server of this moment. @throws Error while the endpoint is away */
  get server(): S3Server {
    if (this.#server === undefined) throw new Error('the endpoint is away');
    return this.#server;
  }

  /** Calls a function for each request, before it is answered. @returns what ends that */
  watch(watcher: (request: Request) => void): () => void {
    this.#watchers.add(watcher);
    return () => this.#watchers.delete(watcher);
  }

  async open(): Promise<void> {
    const place = { directory: this.#directory, port: this.#port };
    const server = await startS3Server({ ...place, ...KEYS, buckets: [TEST_BUCKET] });
    const run = ({
      operation,
      key = '',
    }: {
      readonly operation: Operation;
      readonly key: string | undefined;
    }) => {
      for (const watcher of this.#watchers) watcher({ operation, key });
    };
    server.faults.plan({ operation: '*', times: Number.POSITIVE_INFINITY, do: { kind: 'call', run } });
    this.#server = server;
  }

  /** Cuts all connections, and refuses new ones. */
  async close(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    await server?.close();
  }
}
