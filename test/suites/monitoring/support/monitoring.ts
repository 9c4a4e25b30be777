/** A Prometheus and a node_exporter on 127.0.0.1, with files of the test alone. */
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { useFolder } from '../../../support/tree.ts';

const TOOLS = ['prometheus', 'promtool', 'prometheus-node-exporter'];
const missing = TOOLS.filter((tool) => spawnSync(tool, ['--version']).error !== undefined);
/** Why these tests are skipped; false if all that they need is there. */
export const NOT_INSTALLED =
  missing.length > 0 && `needs ${missing.join(', ')}: apt-get install prometheus prometheus-node-exporter`;

export const RULES = resolve('docs/prometheus-alerts.yml');
/** Numbers of the user nobody, who can read only what is readable by all. */
const NOBODY = 65_534;
const LONGEST_MS = 60_000;

export function promtool(args: readonly string[], input = ''): { code: number | null; output: string } {
  const { status, stdout, stderr } = spawnSync('promtool', args, { input, encoding: 'utf8' });
  return { code: status, output: stdout + stderr };
}

/** Starts a server that logs its address, and returns that. */
async function startServer(t: TestContext, command: readonly string[], uid?: number): Promise<string> {
  const [file = '', ...args] = command;
  const child = spawn(file, args, { stdio: ['ignore', 'ignore', 'pipe'], ...(uid !== undefined && { uid }) });
  const closed = new Promise((done) => child.once('close', done));
  t.after(async () => {
    child.kill('SIGKILL');
    await closed;
  });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  const address = () => /msg="?Listening on"? address=(\S+)/.exec(said)?.[1];
  await until(`${file} listens`, () => {
    assert.equal(child.exitCode, null, said);
    return address() !== undefined;
  });
  return `http://${address()}`;
}

export async function until(what: string, condition: () => boolean | Promise<boolean>): Promise<void> {
  for (const end = Date.now() + LONGEST_MS; !(await condition()); await sleep(100))
    assert.ok(Date.now() < end, `not within ${LONGEST_MS / 1000} s: ${what}`);
}

export interface Sample {
  readonly metric: Readonly<Record<string, string>>;
  readonly value: readonly [time: number, value: string];
}

export interface Alert {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly state: 'pending' | 'firing';
}

export interface Monitoring {
  /** Folder of the textfile collector. */
  readonly folder: string;
  query(expression: string): Promise<readonly Sample[]>;
  /** The values of a label in the series that a selector chooses. */
  labelValues(label: string, selector: string): Promise<readonly string[]>;
  alerts(): Promise<readonly Alert[]>;
  /** Rules whose last evaluation failed. */
  sickRules(): Promise<readonly string[]>;
}

/** Starts both. The exporter runs as another user, if this one is root. */
export async function useMonitoring(t: TestContext): Promise<Monitoring> {
  const root = useFolder(t);
  chmodSync(root, 0o755);
  const folder = join(root, 'textfiles');
  mkdirSync(folder, { mode: 0o755 });
  const collector = ['--collector.disable-defaults', '--collector.textfile'];
  const exporter = await startServer(
    t,
    [
      'prometheus-node-exporter',
      '--web.listen-address=127.0.0.1:0',
      ...collector,
      `--collector.textfile.directory=${folder}`,
    ],
    process.getuid?.() === 0 ? NOBODY : undefined,
  );
  const config = join(root, 'prometheus.yml');
  writeFileSync(
    config,
    JSON.stringify({
      global: { scrape_interval: '1s', evaluation_interval: '1s' },
      rule_files: [RULES],
      scrape_configs: [{ job_name: 'node', static_configs: [{ targets: [new URL(exporter).host] }] }],
    }),
  );
  const server = await startServer(t, [
    'prometheus',
    `--config.file=${config}`,
    `--storage.tsdb.path=${join(root, 'tsdb')}`,
    '--web.listen-address=127.0.0.1:0',
  ]);
  const get = async <T>(path: string): Promise<T> => {
    const answer = await fetch(server + path);
    const { status, data, error } = (await answer.json()) as { status: string; data: T; error?: string };
    assert.equal(status, 'success', `${path}: ${error}`);
    return data;
  };
  return {
    folder,
    query: async (expression) =>
      (await get<{ result: Sample[] }>(`/api/v1/query?query=${encodeURIComponent(expression)}`)).result,
    labelValues: (label, selector) =>
      get(`/api/v1/label/${label}/values?match[]=${encodeURIComponent(selector)}`),
    alerts: async () => (await get<{ alerts: Alert[] }>('/api/v1/alerts')).alerts,
    sickRules: async () => {
      const { groups } = await get<{ groups: { rules: { name: string; health: string }[] }[] }>(
        '/api/v1/rules',
      );
      return groups.flatMap(({ rules }) =>
        rules.filter(({ health }) => health === 'err').map(({ name }) => name),
      );
    },
  };
}
