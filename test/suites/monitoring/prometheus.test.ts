/** The metrics, the alert rules and the dashboard of docs/, with a real Prometheus and a real node_exporter. */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { runCli, serverEnvironment, useWorkplace } from '../../support/cli-context.ts';
import { useS3Server } from '../../support/s3-server.ts';
import { useFolder } from '../../support/tree.ts';
import { NOT_INSTALLED, promtool, RULES, until, useMonitoring } from './support/monitoring.ts';

const HOUR = 3600;

async function useJobs(t: TestContext) {
  const server = await useS3Server(t);
  const workplace = useWorkplace(t, { 'a.txt': 'a', 'b.txt': 'bb' });
  const env = { ...serverEnvironment(server), backup_backup__source_directory: 'source' };
  const run = async (...argv: readonly string[]) =>
    (await runCli(workplace, argv, { env, stdin: 'SELECT 1' })).code;
  const refuse = () =>
    server.faults.plan({
      operation: 'PutObject',
      key: 'c.txt',
      times: 9,
      do: { kind: 'error', status: 403, code: 'AccessDenied' },
    });
  return { workplace, run, refuse };
}

interface Panel {
  readonly id: number;
  readonly title: string;
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly targets: readonly { readonly expr: string }[];
}

const dashboard = JSON.parse(readFileSync('docs/grafana-dashboard.json', 'utf8')) as {
  readonly panels: readonly Panel[];
  readonly templating: { readonly list: readonly { readonly name: string; readonly definition?: string }[] };
};

/** A query as Grafana sends it if everything is chosen. */
const asSent = (expression: string) => expression.replace(/\$(instance|backup)\b/g, '.*');

describe('promtool', { skip: NOT_INSTALLED }, () => {
  it('has no complaint about the metrics of a run that succeeds, fails, or cannot begin, or of put', async (t) => {
    const { workplace, run, refuse } = await useJobs(t);
    const check = (...argv: readonly string[]) =>
      run(...argv, '--metrics', 'job.prom').then((code) => [
        code,
        promtool(['check', 'metrics'], workplace.read('job.prom')),
      ]);
    const fine = { code: 0, output: '' };
    assert.deepEqual(await check('run'), [0, fine]);
    workplace.write('source/c.txt', 'ccc');
    refuse();
    assert.deepEqual(await check('run'), [2, fine]);
    assert.deepEqual(await check('run', '--bucket', 'not-there'), [1, fine]);
    assert.deepEqual(await check('put', 'db/a.sql'), [0, fine]);
    const wrong = promtool(['check', 'metrics'], '# TYPE a_total gauge\na_total 1\n');
    assert.notEqual(wrong.code, 0);
  });

  it('finds the alert rules valid, and they fire when they should', (t) => {
    const { code, output } = promtool(['check', 'rules', RULES]);
    assert.equal(code, 0, output);
    const file = join(useFolder(t), 'tests.yml');
    const of = (backup: string) => `{backup="${backup}",instance="host"}`;
    const label = (backup: string, severity: string) => ({
      backup,
      instance: 'host',
      ...(severity && { severity }),
    });
    const never = {
      exp_labels: label('new', 'critical'),
      exp_annotations: {
        summary: 'Backup new on host has never succeeded',
        description: 'No run has ended with exit code 0 since its metrics are written.',
      },
    };
    const old = {
      exp_labels: label('old', 'critical'),
      exp_annotations: {
        summary: 'Backup old on host last succeeded 1d 3h 0m 0s ago',
        description: 'Look at the log of its last run, and at the timer or cron line that starts it.',
      },
    };
    const gone = {
      exp_labels: label('gone', 'warning'),
      exp_annotations: {
        summary: 'The metrics of backup gone on host are gone',
        description:
          'Was the file removed, or has node_exporter stopped? Silence this alert if the job was given up.',
      },
    };
    const unreadable = {
      exp_labels: { instance: 'host', severity: 'warning' },
      exp_annotations: {
        summary: 'node_exporter on host cannot read a file of metrics',
        description: 'Its log names the file. Two files with the same metrics and labels are an error, too.',
      },
    };
    const at = (eval_time: string, alertname: string, exp_alerts: readonly object[]) => ({
      eval_time,
      alertname,
      exp_alerts,
    });
    const tests = {
      rule_files: [RULES],
      evaluation_interval: '5m',
      tests: [
        {
          interval: '5m',
          input_series: [
            { series: `s3_backup_last_success_timestamp_seconds${of('old')}`, values: '0x400' },
            { series: `s3_backup_last_run_timestamp_seconds${of('old')}`, values: `0x400` },
            { series: `s3_backup_last_run_timestamp_seconds${of('new')}`, values: '0x400' },
            { series: `s3_backup_last_run_timestamp_seconds${of('gone')}`, values: `0x12 stale` },
            { series: `s3_backup_last_success_timestamp_seconds${of('gone')}`, values: `0x12 stale` },
            { series: `s3_backup_info${of('old')}`, values: '1x400' },
            { series: 'node_textfile_scrape_error{instance="host"}', values: '0x100 1x300' },
            { series: 'node_textfile_scrape_error{instance="elsewhere"}', values: '1x400' },
          ],
          alert_rule_test: [
            at('26h', 'S3BackupTooOld', []),
            at('27h', 'S3BackupTooOld', [old]),
            at('55m', 'S3BackupNeverSucceeded', []),
            at('2h', 'S3BackupNeverSucceeded', [never]),
            at('55m', 'S3BackupMetricsGone', []),
            at('90m', 'S3BackupMetricsGone', [gone]),
            at('4h', 'S3BackupMetricsUnreadable', []),
            at('10h', 'S3BackupMetricsUnreadable', [unreadable]),
          ],
        },
      ],
    };
    writeFileSync(file, JSON.stringify(tests));
    const tested = promtool(['test', 'rules', file]);
    assert.equal(tested.code, 0, tested.output);
  });
});

describe('Prometheus with node_exporter', { skip: NOT_INSTALLED, timeout: 180_000 }, () => {
  it('shows a good run, then a failed one: alerts fire for the second, and every query of the dashboard has data', async (t) => {
    const { workplace, run, refuse } = await useJobs(t);
    const { folder, query, labelValues, alerts, sickRules } = await useMonitoring(t);
    const metrics = (name: string) => ['--metrics', join(folder, `${name}.prom`)];
    const metric = async (name: string, backup: string) =>
      Number((await query(`s3_backup_${name}{backup="${backup}"}`))[0]?.value[1]);
    const firing = async () =>
      (await alerts())
        .filter(({ state }) => state === 'firing')
        .map(({ labels }) => `${labels.alertname} ${labels.backup}`)
        .sort();

    assert.equal(await run('run', ...metrics('documents')), 0);
    await until('the good run is known', async () => (await metric('last_run_exit_code', 'documents')) === 0);
    const success = await metric('last_success_timestamp_seconds', 'documents');
    assert.ok(Math.abs(success - Date.now() / 1000) < HOUR);
    assert.deepEqual(await firing(), []);

    workplace.write('source/c.txt', 'ccc');
    refuse();
    assert.equal(await run('run', ...metrics('documents')), 2);
    assert.equal(await run('run', '--bucket', 'not-there', ...metrics('pictures')), 1);
    await until('the failed runs are known', async () => (await firing()).length > 0);
    await until('both alerts fire', async () => (await firing()).length === 2);
    assert.deepEqual(await firing(), ['S3BackupFailed pictures', 'S3BackupIncomplete documents']);
    assert.equal(await metric('last_success_timestamp_seconds', 'documents'), success);
    assert.deepEqual(
      (await alerts()).filter(({ state }) => state === 'pending').map(({ labels }) => labels.alertname),
      ['S3BackupNeverSucceeded'],
    );
    assert.deepEqual(await sickRules(), []);
    assert.equal((await query('node_textfile_scrape_error'))[0]?.value[1], '0');

    for (const { title, targets } of dashboard.panels) {
      assert.ok(targets.length > 0, title);
      for (const { expr } of targets) assert.ok((await query(asSent(expr))).length > 0, `${title}: ${expr}`);
    }
    for (const { definition } of dashboard.templating.list) {
      if (definition === undefined) continue;
      const [, selector = '', label = ''] = /^label_values\((.*), (\w+)\)$/.exec(definition) ?? [];
      assert.ok((await labelValues(label, asSent(selector))).length > 0, definition);
    }
  });

  it('keeps two jobs with files of their own apart', async (t) => {
    const { run } = await useJobs(t);
    const { folder, query } = await useMonitoring(t);
    assert.equal(await run('run', '--metrics', join(folder, 'one.prom')), 0);
    assert.equal(await run('put', 'db/a.sql', '--metrics', join(folder, 'two.prom')), 0);
    await until('both are known', async () => (await query('s3_backup_info')).length === 2);
    assert.equal((await query('node_textfile_scrape_error'))[0]?.value[1], '0');
  });
});

it('the dashboard has panels of its own place and number', () => {
  const { panels } = dashboard;
  assert.equal(new Set(panels.map(({ id }) => id)).size, panels.length);
  for (const [at, { gridPos: a, title }] of panels.entries()) {
    assert.ok(a.x + a.w <= 24, title);
    for (const { gridPos: b } of panels.slice(at + 1))
      assert.ok(a.x + a.w <= b.x || b.x + b.w <= a.x || a.y + a.h <= b.y || b.y + b.h <= a.y, title);
  }
});
