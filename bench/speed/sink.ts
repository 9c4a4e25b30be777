/**
 * An S3 endpoint that costs so little that the client dominates: `tsx bench/speed/sink.ts [--port N] [--latency MS]
 * [--tls CERT KEY]`. It checks no signature and keeps of an object only its size, ETag, time and metadata; any bucket
 * exists. The first line on stdout is its address. `GET /-/stats` tells what it received, `POST /-/reset` forgets all
 * objects, `POST /-/reset?hold` also leaves the requests from then on without an answer. Forked, it ends with its parent.
 */
import { readFileSync } from 'node:fs';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { parseArgs } from 'node:util';
import { Connection } from './sink/connection.ts';
import { Md5Memory } from './sink/md5-memory.ts';
import { Service } from './sink/service.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    port: { type: 'string', default: '0' },
    latency: { type: 'string', default: '0' },
    tls: { type: 'string' },
  },
});
const latencyMs = Number(values.latency);
const memory = new Md5Memory();
const service = new Service();
const accept = (socket: Socket) => new Connection(socket, { memory, service, latencyMs });

function listenerOf(certificate: string | undefined, key: string | undefined): Server {
  if (certificate === undefined) return createServer({ noDelay: true }, accept);
  if (key === undefined) throw new Error('--tls CERT KEY: the key is missing');
  return createTlsServer({ cert: readFileSync(certificate), key: readFileSync(key), noDelay: true }, accept);
}

const server = listenerOf(values.tls, positionals[0]);
server.listen(Number(values.port), '127.0.0.1', () => {
  const { port } = server.address() as AddressInfo;
  process.stdout.write(`${values.tls === undefined ? 'http' : 'https'}://127.0.0.1:${port}\n`);
});
process.once('disconnect', () => process.exit(0));
