import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { join, resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import { bareEnvironment } from './measure.ts';
import { pinned } from './pinning.ts';
import type { Stats } from './sink/service.ts';

export interface SinkOptions {
  readonly latencyMs: number;
  readonly isTls: boolean;
  readonly cores: string | undefined;
  /** A folder for the certificate. */
  readonly home: string;
  /** Whether it keeps the objects' contents in memory, and so can give them back. Default: false. */
  readonly keepsContents?: boolean;
}

/** The sink in its process, see sink.ts. */
export interface Sink {
  readonly endpoint: string;
  /** The same without a port, so that it is 80 or 443; undefined where the sink may not listen there. */
  readonly portlessEndpoint: string | undefined;
  /** The file of its own certificate, where it speaks TLS. */
  readonly certificate: string | undefined;
  stats(): Promise<Stats>;
  /**
   * Forgets all objects and counts. With `hold`, what is asked from then on gets no answer; with `counts`, the objects
   * stay.
   */
  reset(how?: 'hold' | 'counts'): Promise<void>;
  close(): Promise<void>;
}

/** A loopback address for this process alone, so that benches side by side do not meet on port 80. */
const OWN_ADDRESS = `127.80.${(process.pid >> 8) & 255}.${process.pid & 255}`;

/** @throws Error when the sink does not start */
export async function startSink(options: SinkOptions): Promise<Sink> {
  const { latencyMs, isTls, cores, home, keepsContents = false } = options;
  const tls = isTls ? makeCertificate(home) : undefined;
  const flags = [
    '--latency',
    String(latencyMs),
    '--also',
    OWN_ADDRESS,
    ...(keepsContents ? ['--keep'] : []),
    ...(tls === undefined ? [] : ['--tls', tls.certificate, '--key', tls.key]),
  ];
  return startScript(['bench/speed/sink.ts', ...flags], cores, tls?.certificate);
}

/**
 * Starts the sink, or another script of the bench that answers as it does, and prints its addresses.
 *
 * @param command Path of the script, and its flags.
 * @throws Error when it does not start
 */
export async function startScript(
  [script = '', ...flags]: readonly string[],
  cores: string | undefined,
  certificate?: string,
): Promise<Sink> {
  const [file = '', ...args] = pinned(cores, [
    process.execPath,
    '--import',
    'tsx',
    resolve(script),
    ...flags,
  ]);
  // It ends when the channel does, also when this process is killed.
  const child = spawn(file, args, { env: bareEnvironment(), stdio: ['ignore', 'pipe', 'inherit', 'ipc'] });
  const ended = once(child, 'exit');
  const started = once(child.stdout ?? child, 'data');
  const [first] = await Promise.race([started, ended.then(() => [undefined])]);
  if (first === undefined) throw new Error('the sink did not start');
  const [endpoint = '', portless = ''] = String(first).split('\n');
  return {
    endpoint,
    portlessEndpoint: portless === '' ? undefined : portless,
    certificate,
    stats: async () => JSON.parse(await control('GET', `${endpoint}/-/stats`, certificate)) as Stats,
    reset: async (how) => {
      await control('POST', `${endpoint}/-/reset${how === undefined ? '' : `?${how}`}`, certificate);
    },
    close: async () => {
      child.kill();
      await ended;
    },
  };
}

async function control(method: string, url: string, certificate: string | undefined): Promise<string> {
  const agent = false;
  const sent =
    certificate === undefined
      ? requestHttp(url, { method, agent })
      : requestHttps(url, { method, agent, ca: readFileSync(certificate) });
  const [response] = await once(sent.end(), 'response');
  return text(response);
}

/** A certificate for 127.0.0.1 that is its own authority. @throws Error without openssl */
function makeCertificate(home: string): { certificate: string; key: string } {
  const [certificate, key] = [join(home, 'sink-certificate.pem'), join(home, 'sink-key.pem')];
  const kind = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'];
  const name = ['-subj', '/CN=127.0.0.1', '-addext', `subjectAltName=IP:127.0.0.1,IP:${OWN_ADDRESS}`];
  const { status, stderr } = spawnSync(
    'openssl',
    ['req', '-x509', ...kind, ...name, '-keyout', key, '-out', certificate],
    { encoding: 'utf8' },
  );
  if (status !== 0) throw new Error(`openssl made no certificate: ${stderr}`);
  return { certificate, key };
}
