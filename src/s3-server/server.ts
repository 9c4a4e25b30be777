import { randomBytes } from 'node:crypto';
import { realpathSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type Endpoint, serve } from './connection.ts';
import { Faults } from './faults.ts';
import { createRequestLog, type RequestLog } from './request-log.ts';
import { createVerifier } from './signature.ts';
import { Store } from './store.ts';

/** Options of an endpoint. */
export interface S3ServerOptions {
  /**
   * Folder in which everything is stored, readable for its owner only (modes 0700 and 0600); created if missing. Only one process
   * at a time may use it.
   */
  readonly directory: string;
  /** TCP port. Default 0: any free one. */
  readonly port?: number;
  /** Address to listen on. Default 127.0.0.1. */
  readonly host?: string;
  /** Access key. Default: a random one for this start, since every user of the machine can connect. */
  readonly accessKeyId?: string;
  /** Secret key. Default: a random one of 160 bits. */
  readonly secretAccessKey?: string;
  /** Session token that every request must carry. Default: none. */
  readonly sessionToken?: string;
  /** Region of the endpoint, and of buckets created without one. Default us-east-1. */
  readonly region?: string;
  /** Names of buckets to create if they are missing. Default: none. */
  readonly buckets?: readonly string[];
  /** Whether requests are recorded in {@link S3Server.requests}. Default false. */
  readonly recordRequests?: boolean;
  /** Maximum number of entries on a page of a listing, even if a request asks for more. Default 1,000, as S3. */
  readonly pageLimit?: number;
  /** Minimum size of a part that is not the last, in bytes. Default 5 MiB, as S3. */
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
  /** The last 100,000 requests; empty unless `recordRequests` was set. */
  readonly requests: RequestLog;
  /** Planned faults. */
  readonly faults: Faults;
  /** Closes all connections, waits for requests in progress and closes the store. */
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
  // A large body over a slow line may take longer than the five minutes that Node.js allows. Idle connections are kept for a
  // minute, longer than a pause in a test: a client that reuses a just closed one would see an unplanned reset.
  const server = createServer({ requestTimeout: 0, keepAliveTimeout: 60_000 }, take(false));
  server.on('checkContinue', take(true));
  return { server, idle: () => Promise.all(underWay) };
}

/**
 * Starts a small S3 endpoint for experiments and tests, not for production. Bodies are stored in the clear (encryption is only
 * recorded), nothing is flushed to the disk, and the index is kept in memory, about 1 KB per object.
 *
 * @throws if the folder or the port cannot be used.
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
