import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import type { Report } from '../../../../src/index.ts';
import { type FaultyProxy, type NetworkFaults, useFaultyProxy } from '../../../support/faulty-proxy.ts';
import { type Place, PREFIX, usePlace } from '../../../support/place.ts';
import { type Spawned, start } from '../../../support/program.ts';
import { TEST_BUCKET } from '../../../support/s3-server.ts';
import type { Files } from '../../../support/tree.ts';

/** A place, and the network on the way to its endpoint. */
export interface Field {
  readonly place: Place;
  readonly proxy: FaultyProxy;
}

export async function useField(t: TestContext, files: Files, faults: NetworkFaults = {}): Promise<Field> {
  const place = await usePlace(t, files);
  return { place, proxy: await useFaultyProxy(t, place.server, faults) };
}

/** Files of these sizes, whose contents differ. */
export function filesOf(sizes: readonly number[]): Files {
  return Object.fromEntries(
    sizes.map((size, at) => [`d${at % 7}/file-${at}`, Buffer.alloc(size, `the content of file ${at}, `)]),
  );
}

export interface MoveOptions {
  /** Settings of the section `transfer`. */
  readonly transfer?: Readonly<Record<string, unknown>>;
  readonly argv?: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
  /** Default: the proxy's. */
  readonly endpoint?: string;
  /** Default: the endpoint's keys. */
  readonly aws?: Readonly<Record<string, string>>;
}

export interface Moving extends Spawned {
  /** Its report, once it has ended. */
  readonly report: () => Report;
}

/** Starts the program, which moves everything through the proxy; it is killed should the test end before it. */
export function startMove(t: TestContext, bin: string, field: Field, options: MoveOptions = {}): Moving {
  const { place, proxy } = field;
  const { transfer = {}, argv = [], env = {}, endpoint = proxy.url } = options;
  const { accessKeyId: access_key_id, secretAccessKey: secret_access_key } = place.server;
  const config = join(place.root, 'config.json');
  const settings = {
    aws: { region: 'us-east-1', ...(options.aws ?? { access_key_id, secret_access_key }) },
    backup: { delete_after_upload: true },
    transfer: { part_size: '5MiB', ...transfer },
  };
  writeFileSync(config, JSON.stringify(settings), { mode: 0o600 });
  const report = join(place.root, 'report.json');
  const command = [process.execPath, bin, 'run', '--config', config, '--output-json', report, ...argv];
  const target = ['--source', place.source, '--prefix', PREFIX, '--bucket', TEST_BUCKET];
  const workplace = { cwd: place.root, home: place.root };
  const spawned = start([...command, ...target, '--endpoint-url', endpoint], { workplace, env });
  t.after(() => spawned.child.kill('SIGKILL'));
  return { ...spawned, report: () => JSON.parse(readFileSync(report, 'utf8')) };
}

/** Everything was proved, and deleted only then; tells how many requests with a body it took: proofs are more or fewer by the minute. */
export async function assertMoved(
  moving: Moving,
  { place }: Field,
): Promise<{ report: Report; writes: number }> {
  const { code, stderr } = await moving.ended;
  const { requests } = place.server;
  const writes = requests.of('PutObject', 'UploadPart').length;
  assert.equal(code, 0, stderr);
  const report = moving.report();
  const found = await place.judge(report);
  assert.equal(found.files.size, 0);
  assert.equal(report.deleted_files, report.total_files);
  return { report, writes };
}
