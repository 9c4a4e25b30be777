import { randomBytes } from 'node:crypto';
import { realpathSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type Endpoint, serve } from './connection.ts';
import { Faults } from './faults.ts';
import { createRequestLog, type RequestLog } from './request-log.ts';
import { createVerifier } from './signature.ts';
import { Store } from './store.ts';

/** How to start an endpoint. */
export interface S3ServerOptions {
  /**
   * Where everything is stored, for its owner only (modes 0700 and 0600); created if missing. One process at a time may
   * use it.
   */
  readonly directory: string;
  /** TCP port. Default 0: any free one. */
  readonly port?: number;
  /** Address to listen at. Default 127.0.0.1. */
  readonly host?: string;
  /** Default: a random one, for this start alone, since every user of the machine can connect. */
  readonly accessKeyId?: string;
  /** Default: a random one of 160 bits. */
  readonly secretAccessKey?: string;
  /** When set, every request must carry it. Default: none. */
  readonly sessionToken?: string;
  /** The endpoint's region and that of buckets created without one. Default us-east-1. */
  readonly region?: string;
  /** Buckets to create if they are missing. */
  readonly buckets?: readonly string[];
  /** Whether {@link S3Server.requests} is kept. Default false. */
  readonly recordRequests?: boolean;
  /** Most entries of one page of a listing, whatever is asked for. Default 1000, as S3. */
  readonly pageLimit?: number;
  /** Fewest bytes of a part that is not the last. Default 5 MiB, as S3. */
  readonly minPartBytes?: number;
}

/** A running endpoint. */
export interface S3Server {
  /** URL without a trailing slash. */
  readonly endpoint: string;
  readonly port: number;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly region: string;
  readonly directory: string;
  /** The requests so far, when `recordRequests` was set; the last 100,000. */
  readonly requests: RequestLog;
  /** Plans for what is to go wrong. */
  readonly faults: Faults;
  /** Cuts all connections, waits for what is under way and frees the folder. */
  close(): Promise<void>;
}

function listen(server: Server, port: number, host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      const address = server.address();
      resolve(typeof address === 'object' && address !== null ? address.port : port);
    });
  });
}

function createHttpServer(endpoint: Endpoint): {
  readonly server: Server;
  readonly idle: () => Promise<unknown>;
} {
  const underWay = new Set<Promise<void>>();
  const take = (waits: boolean) => (incoming: IncomingMessage, response: ServerResponse) => {
    const done = serve(incoming, response, endpoint, waits).finally(() => underWay.delete(done));
    underWay.add(done);
  };
  // A large body over a slow line may take longer than Node's five minutes; idle connections outlive the
  // pauses of a test, since a client that reuses one just closed would see a reset nobody planned.
  const server = createServer({ requestTimeout: 0, keepAliveTimeout: 60_000 }, take(false));
  server.on('checkContinue', take(true));
  return { server, idle: () => Promise.all(underWay) };
}

/**
 * Starts a small S3 endpoint: for trying things out and for tests, not for production. Bodies are stored as
 * they come (encryption is only recorded), nothing is forced to the disk, and the index is in memory, about 1
 * KB an object.
 *
 * @throws when the folder cannot be used or the port cannot be had.
 */
export async function startS3Server(options: S3ServerOptions): Promise<S3Server> {
  const { directory, port = 0, host = '127.0.0.1', region = 'us-east-1' } = options;
  const { pageLimit = 1000, minPartBytes = 5 * 2 ** 20 } = options;
  const { accessKeyId = randomBytes(10).toString('hex'), sessionToken } = options;
  const { secretAccessKey = randomBytes(20).toString('hex') } = options;
  const store = new Store(directory);
  for (const name of options.buckets ?? [])
    if (store.find(name) === undefined) store.create(name, { region });
  const faults = new Faults();
  const { log, add } = createRequestLog();
  const verify = createVerifier({ accessKeyId, secretAccessKey, sessionToken });
  const record = options.recordRequests ? add : undefined;
  const { server, idle } = createHttpServer({
    store,
    directory: realpathSync(directory),
    region,
    pageLimit,
    minPartBytes,
    verify,
    faults,
    record,
  });
  const listening = await listen(server, port, host).catch((error: unknown) => {
    store.close();
    throw error;
  });
  return {
    endpoint: `http://${host.includes(':') ? `[${host}]` : host}:${listening}`,
    port: listening,
    accessKeyId,
    secretAccessKey,
    region,
    directory,
    requests: log,
    faults,
    async close() {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
      await idle();
      store.close();
    },
  };
}
