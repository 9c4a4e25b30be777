import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { SET_IDS, type SetId } from './data-set.ts';

export interface BenchOptions {
  /** Undefined for those of a whole run. */
  readonly sets: readonly SetId[] | undefined;
  readonly withMillion: boolean;
  /** Ids; undefined for all. */
  readonly clients: readonly string[] | undefined;
  /** Measured runs of each client, after one that is not. */
  readonly runs: number;
  /** Undefined for those of a whole run. */
  readonly latencyMs: number | undefined;
  readonly isTls: boolean;
  /** Cores for the client: 1 or 2. */
  readonly cores: number;
  /** Makes the data sets smaller. */
  readonly factor: number;
  /** Where the data sets are kept. */
  readonly folder: string;
  readonly profile: boolean;
  readonly write: boolean;
  /** Where every single run is written to, as JSON. */
  readonly json: string | undefined;
}

/** @throws Error naming the option that is wrong */
export function parseOptions(args: readonly string[]): BenchOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      only: { type: 'string', multiple: true },
      million: { type: 'boolean', default: false },
      clients: { type: 'string' },
      runs: { type: 'string', default: '5' },
      latency: { type: 'string' },
      tls: { type: 'boolean', default: false },
      cores: { type: 'string', default: '1' },
      factor: { type: 'string', default: '1' },
      dir: { type: 'string', default: join(tmpdir(), 's3-backup-bench') },
      profile: { type: 'boolean', default: false },
      write: { type: 'boolean', default: false },
      json: { type: 'string' },
    },
  });
  return {
    sets: values.only?.flatMap((ids) => ids.split(',')).map(setId),
    withMillion: values.million,
    clients: values.clients?.split(','),
    runs: positive('runs', values.runs),
    latencyMs: values.latency === undefined ? undefined : positive('latency', values.latency),
    isTls: values.tls,
    cores: positive('cores', values.cores),
    factor: positive('factor', values.factor),
    folder: values.dir,
    profile: values.profile,
    write: values.write,
    json: values.json,
  };
}

function setId(id: string): SetId {
  const found = SET_IDS.find((each) => each === id);
  if (found === undefined) throw new Error(`--only ${id}: expected one of ${SET_IDS.join(', ')}`);
  return found;
}

function positive(option: string, text: string): number {
  const number = Number(text);
  if (!(number > 0)) throw new Error(`--${option} ${text}: expected a number above 0`);
  return number;
}
