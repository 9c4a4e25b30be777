import { readFileSync } from 'node:fs';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { commandLine } from '../command-line.ts';
import { Connection } from './sink/connection.ts';
import { Md5Memory } from './sink/md5-memory.ts';
import { Service } from './sink/service.ts';

const { values } = commandLine({
  usage: 'npx tsx bench/speed/sink.ts [options]',
  about:
    'An S3 endpoint that costs so little that the client dominates; the benches start it themselves. It checks no signature and keeps of an object only its size, ETag, time and metadata; any bucket exists. The first line on stdout is its address. GET /-/stats tells what it received; POST /-/reset forgets all objects and counts, with ?counts the counts alone, and with ?hold the requests from then on get no answer. Forked, it ends with its parent.',
  time: 'it runs until it is ended.',
  options: {
    port: { type: 'string', default: '0', value: 'N', help: 'the port; 0 for a free one' },
    latency: { type: 'string', default: '0', value: 'MS', help: 'milliseconds that every answer waits' },
    keep: { type: 'boolean', default: false, help: 'keep the contents in memory, to give them back' },
    also: {
      type: 'string',
      value: 'ADDRESS',
      help: 'listen also on port 80 (443 with TLS) of this loopback address; the second line on stdout is that address, or empty where this is not allowed',
    },
    tls: { type: 'string', value: 'FILE', help: 'speak TLS with this certificate' },
    key: { type: 'string', value: 'FILE', help: "the certificate's key" },
  },
});
const memory = new Md5Memory();
const service = new Service();
const surroundings = { memory, service, latencyMs: Number(values.latency), keepsContents: values.keep };
const accept = (socket: Socket) => new Connection(socket, surroundings);

function listenerOf(certificate: string | undefined, key: string | undefined): Server {
  if (certificate === undefined) return createServer({ noDelay: true }, accept);
  if (key === undefined) throw new Error('--tls FILE: --key FILE is missing');
  return createTlsServer({ cert: readFileSync(certificate), key: readFileSync(key), noDelay: true }, accept);
}

const isTls = values.tls !== undefined;

function listen(port: number, host: string): Promise<string> {
  const server = listenerOf(values.tls, values.key);
  return new Promise((resolve, reject) => {
    server.once('error', reject).listen(port, host, () => {
      const { port: found } = server.address() as AddressInfo;
      const url = new URL(`${isTls ? 'https' : 'http'}://${host}:${found}`);
      resolve(url.origin);
    });
  });
}

const main = await listen(Number(values.port), '127.0.0.1');
const also = values.also && (await listen(isTls ? 443 : 80, values.also).catch(() => ''));
process.stdout.write(`${[main, also].filter((line) => line !== undefined).join('\n')}\n`);
process.once('disconnect', () => process.exit(0));
