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
}

/** The sink in its process, see sink.ts. */
export interface Sink {
  readonly endpoint: string;
  /** The file of its own certificate, where it speaks TLS. */
  readonly certificate: string | undefined;
  stats(): Promise<Stats>;
  /** Forgets all objects and counts. With `hold`, what is asked from then on gets no answer. */
  reset(options?: { readonly hold: boolean }): Promise<void>;
  close(): Promise<void>;
}

/** @throws Error when the sink does not start */
export async function startSink({ latencyMs, isTls, cores, home }: SinkOptions): Promise<Sink> {
  const tls = isTls ? makeCertificate(home) : undefined;
  const flags = [
    '--latency',
    String(latencyMs),
    ...(tls === undefined ? [] : ['--tls', tls.certificate, tls.key]),
  ];
  const script = resolve('bench/speed/sink.ts');
  const [file = '', ...args] = pinned(cores, [process.execPath, '--import', 'tsx', script, ...flags]);
  // It ends when the channel does, also when this process is killed.
  const child = spawn(file, args, { env: bareEnvironment(), stdio: ['ignore', 'pipe', 'inherit', 'ipc'] });
  const ended = once(child, 'exit');
  const started = once(child.stdout ?? child, 'data');
  const [first] = await Promise.race([started, ended.then(() => [undefined])]);
  if (first === undefined) throw new Error('the sink did not start');
  const endpoint = String(first).trim();
  const certificate = tls?.certificate;
  return {
    endpoint,
    certificate,
    stats: async () => JSON.parse(await control('GET', `${endpoint}/-/stats`, certificate)) as Stats,
    reset: async ({ hold } = { hold: false }) => {
      await control('POST', `${endpoint}/-/reset${hold ? '?hold' : ''}`, certificate);
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
  const name = ['-subj', '/CN=127.0.0.1', '-addext', 'subjectAltName=IP:127.0.0.1'];
  const { status, stderr } = spawnSync(
    'openssl',
    ['req', '-x509', ...kind, ...name, '-keyout', key, '-out', certificate],
    { encoding: 'utf8' },
  );
  if (status !== 0) throw new Error(`openssl made no certificate: ${stderr}`);
  return { certificate, key };
}
