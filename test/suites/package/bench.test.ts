/** The benches tell what they do, and bench/RESULTS.md is what they write. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { withCharts } from '../../../bench/results/charts.ts';
import { RESULTS, withBlocks } from '../../../bench/results/results-file.ts';
import { judgement, pairedRatio } from '../../../bench/speed/pairs.ts';
import { moduleFile, NODE_FLAGS } from '../../support/sources.ts';

const benches = readdirSync('bench', { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.ts'))
  .map((name) => join('bench', name))
  .filter((file) => /\bcommandLine\($|\bcommandLine\(\{/m.test(readFileSync(file, 'utf8')));

function startBench(file: string, ...args: readonly string[]) {
  return spawnSync(process.execPath, [...NODE_FLAGS, moduleFile(file), ...args], { encoding: 'utf8' });
}

test('every bench of package.json, and what else says how it is started, can be asked for help', () => {
  const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as { scripts: Record<string, string> };
  const started = Object.values(scripts).flatMap((script) => /tsx (bench\/\S+)/.exec(script)?.[1] ?? []);
  assert.ok(started.length >= 4);
  // The options of the speed bench are in a file of their own.
  const files = benches.map((file) => file.replace('bench-options', 'run'));
  for (const file of started) assert.ok(files.includes(file), file);
  assert.ok(files.length >= 9, files.join(', '));
  for (const file of files) {
    const { status, stdout, stderr } = startBench(file, '--help');
    assert.equal(status, 0, stderr);
    const [usage = '', about = '', time = '', options = ''] = stdout.split('\n\n');
    assert.match(usage, /^(npm run bench|npx tsx bench\/)/, file);
    assert.ok(about.length > 40 && /^Time: \S/.test(time), file);
    assert.match(options, /^Options:\n[\s\S]*--help/, file);
  }
});

test('a bench ends with code 2 and its usage if an option is unknown', () => {
  const { status, stdout, stderr } = startBench('bench/md5-lanes.ts', '--round', '3');
  assert.equal(status, 2);
  assert.equal(stdout, '');
  assert.match(stderr, /'--round'[\s\S]*usage: npx tsx bench\/md5-lanes\.ts/);
});

test('each table of bench/RESULTS.md has its chart below it, drawn from what is in it', () => {
  const text = readFileSync(RESULTS, 'utf8');
  const { markdown, charts } = withCharts(text);
  assert.equal(text, markdown, 'npm run bench:charts writes it anew');
  assert.deepEqual(readdirSync('bench/charts').sort(), [...charts.keys()].sort());
  for (const [name, svg] of charts) assert.equal(readFileSync(join('bench/charts', name), 'utf8'), svg, name);
  const tables = text.match(/^\| --- /gm) ?? [];
  assert.equal(charts.size, tables.length, 'every table is drawn');
});

test('a chart has the figures of its table, and colours for a dark page', () => {
  const table = '| client | CPU s | requests |\n| --- | --- | --- |\n| A & B | 1.50 (1.4–1.6) | 77 |';
  const { markdown, charts } = withCharts(`<!-- bench:small begin -->\n### Files\n\n${table}\n\nmore\n`);
  assert.match(markdown, /\| 77 \|\n\n!\[Files: bars for CPU s\]\(charts\/small-1\.svg\)\n\nmore\n$/);
  const [svg = ''] = charts.values();
  assert.match(svg, />1\.50<[\s\S]*>A &amp; B<|>A &amp; B<[\s\S]*>1\.50</);
  assert.ok(svg.includes('prefers-color-scheme:dark') && !svg.includes('77'));
});

test('a bench replaces its own blocks of the results and leaves the others', () => {
  const first = withBlocks(
    '',
    new Map([
      ['unchanged', 'U'],
      ['small', 'S'],
    ]),
  );
  const second = withBlocks(
    first,
    new Map([
      ['medium', 'M'],
      ['small', 'S2'],
    ]),
  );
  const order = [...second.matchAll(/<!-- bench:(\S+) begin -->\n\n(.)/g)].map(
    ([, id, text]) => `${id} ${text}`,
  );
  assert.deepEqual(order, ['head #', 'small S', 'medium M', 'unchanged U']);
  assert.ok(second.includes('\nS2\n') && !second.includes('\nS\n'));
});

test('two builds differ only if the interval of the sign test leaves out that they are the same', () => {
  const ratios = Array.from({ length: 12 }, (_, n) => 0.97 + n * 0.002);
  // Of 12 pairs two at each end may be left out: 2 * (1 + 12 + 66) / 4096 is below 5 %, with 220 more it is not.
  assert.deepEqual(pairedRatio(ratios).interval, [ratios[2], ratios[9]]);
  assert.match(judgement(pairedRatio(ratios)), /^1\.9 % less, above the noise \(at least 1\.2 %\)$/);
  assert.match(judgement(pairedRatio(ratios.map((ratio) => ratio + 0.05))), /more, above the noise/);
  assert.match(judgement(pairedRatio(ratios.map((ratio) => ratio + 0.02))), /^no difference above the noise/);
  assert.match(judgement(pairedRatio([0.5, 0.5, 0.5, 0.5, 0.5])), /^too few pairs: 6 at least$/);
  assert.deepEqual(pairedRatio([3, 1, 2, 1, 2, 9]).interval, [1, 9]);
});
