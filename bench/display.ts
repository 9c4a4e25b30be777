import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { commandLine } from './command-line.ts';
import { buildProgram } from './safety/program.ts';
import { BUCKET } from './speed/client.ts';
import { type DataSet, dataSet, makeDataSet, titleOf } from './speed/data-set.ts';
import { bareEnvironment } from './speed/measure.ts';
import { judgement, LEAST_PAIRS, pairedRatio } from './speed/pairs.ts';
import { moveTo, pin, pinned } from './speed/pinning.ts';
import { startSink } from './speed/sink-process.ts';
import { spreadOf, spreadText } from './speed/spread.ts';

const SETS = ['small', 'large16'] as const;
const { values } = commandLine({
  usage: 'npx tsx bench/display.ts [options]',
  about:
    'Measures the CPU that the progress line on a terminal costs, with the count of the files that it shows: the same copy at a terminal with stderr on it, and with stderr in /dev/null. Each pair has both, in turns which is first. Only the CPU of the program itself counts. Needs `script`.',
  time: 'about seven minutes on a quiet machine; with --factor 0.1 one.',
  options: {
    only: { type: 'string', default: SETS.join(','), value: 'SET,...', help: 'sets of files' },
    pairs: { type: 'string', default: '10', value: 'N', help: `pairs of runs, ${LEAST_PAIRS} at least` },
    factor: { type: 'string', default: '1', value: 'X', help: 'share of the files, or of their size' },
    dir: { type: 'string', default: tmpdir(), value: 'FOLDER', help: 'where the files are made' },
  },
});
const sets = SETS.filter((id) => values.only.split(',').includes(id));

/** Loaded into the program: writes at its end what CPU it took, in seconds. */
const PROBE = `
import { writeFileSync } from 'node:fs';
process.on('exit', () => {
  const { user, system } = process.cpuUsage();
  writeFileSync(process.env.BENCH_CPU_FILE, String((user + system) / 1e6));
});
`;

const { client, sink: sinkCore } = pin(1);
moveTo(sinkCore);
const program = buildProgram();
const root = mkdtempSync(join(realpathSync(values.dir), 's3-backup-display-'));
const [home, probe, cpu] = [join(root, 'home'), join(root, 'probe.mjs'), join(root, 'cpu')];
mkdirSync(home);
writeFileSync(probe, PROBE);
const sink = await startSink({ latencyMs: 0, isTls: false, cores: sinkCore, home });
try {
  for (const id of sets) await measureSet(dataSet(id, Number(values.factor)));
} finally {
  await sink.close();
  program.remove();
  rmSync(root, { recursive: true, force: true });
}

async function measureSet(set: DataSet): Promise<void> {
  const folder = makeDataSet(set, root);
  const seconds: Record<'with' | 'without', number[]> = { with: [], without: [] };
  // The first run of each kind only warms up the disk's cache.
  for (let pair = -1; pair < Number(values.pairs); pair += 1) {
    const kinds = pair % 2 === 0 ? (['with', 'without'] as const) : (['without', 'with'] as const);
    for (const kind of kinds) {
      await sink.reset();
      const taken = secondsOf(folder, kind === 'with');
      if (pair >= 0) seconds[kind].push(taken);
    }
  }
  const ratios = seconds.with.map((each, index) => each / (seconds.without[index] ?? Number.NaN));
  const shown = (all: readonly number[]) => spreadText(spreadOf(all), 2);
  process.stdout.write(
    `${titleOf(set)}: ${shown(seconds.with)} s of CPU with the display, ${shown(seconds.without)} s without; ` +
      `${judgement(pairedRatio(ratios))}\n`,
  );
  rmSync(folder, { recursive: true });
  rmSync(`${folder}.complete`);
}

/** @throws Error if the run does not end well */
function secondsOf(folder: string, hasDisplay: boolean): number {
  const words = [process.execPath, '--import', probe, program.bin, '--source', folder, '--bucket', BUCKET];
  const run = pinned(client, words).map((word) => `'${word.replaceAll("'", "'\\''")}'`);
  const line = `stty cols 120 rows 40 && exec ${run.join(' ')}${hasDisplay ? '' : ' 2>/dev/null'}`;
  const env = {
    ...bareEnvironment(),
    ...{ HOME: home, TERM: 'xterm', SHELL: '/bin/sh', BENCH_CPU_FILE: cpu },
    ...{ AWS_ENDPOINT_URL: sink.endpoint, AWS_REGION: 'us-east-1' },
    ...{ AWS_ACCESS_KEY_ID: 'KEY', AWS_SECRET_ACCESS_KEY: 'SECRET' },
  };
  const { status, stdout } = spawnSync('script', ['-qec', line, '/dev/null'], {
    cwd: home,
    env,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  if (status !== 0) throw new Error(`the run ended with ${status}: ${stdout}`);
  // The summary is always shown; the line hides the cursor.
  if (stdout.includes('\u001b[?25l') !== hasDisplay) throw new Error(`no display, or a wrong one: ${stdout}`);
  return Number(readFileSync(cpu, 'utf8'));
}
