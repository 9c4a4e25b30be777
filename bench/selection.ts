import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type BackupOptions, backup } from '../src/index.ts';
import { commandLine } from './command-line.ts';

const BUCKET = 'bench-bucket';
const { values } = commandLine({
  usage: 'npx tsx bench/selection.ts [options]',
  about:
    'Measures the CPU of selecting and counting files, as ratios to a run without. The copies and moves go to the embedded endpoint in a process of its own; each case is measured five times in turn with the others.',
  time: 'about a minute.',
  options: { files: { type: 'string', default: '4000', value: 'N', help: 'files' } },
});
const FILES = Number(values.files);
const FILES_PER_FOLDER = 50;
const ROUNDS = 5;

const root = mkdtempSync(join(tmpdir(), 's3-backup-selection-'));
const keys = { accessKeyId: 'KEY', secretAccessKey: 'SECRET' };
const server = spawn(
  process.execPath,
  [
    '--import',
    'tsx',
    'src/s3-server/main.ts',
    '--port',
    '0',
    '--dir',
    join(root, 'store'),
    '--bucket',
    BUCKET,
  ].concat(['--access-key', keys.accessKeyId, '--secret-key', keys.secretAccessKey]),
  { stdio: ['ignore', 'pipe', 'inherit'] },
);
try {
  const [line] = await once(server.stdout, 'data');
  const [endpointUrl = ''] = /http:\/\/127\.0\.0\.1:\d+/.exec(String(line)) ?? [];
  let runs = 0;
  const options = (source: string): BackupOptions => {
    runs += 1;
    return {
      source,
      bucket: BUCKET,
      prefix: `run-${runs}`,
      endpointUrl,
      region: 'us-east-1',
      credentials: keys,
    };
  };
  const cases: Readonly<Record<string, (source: string) => Promise<unknown>>> = {
    'a copy': (source) => backup(options(source)),
    'a copy with an ignore file in every folder': (source) =>
      backup({ ...options(source), ignoreFile: '.backupignore' }),
    'a copy with 20 exclude patterns': (source) =>
      backup({ ...options(source), exclude: Array.from({ length: 20 }, (_, n) => `*.none${n}`) }),
    'a dry run': (source) => backup({ ...options(source), dryRun: true }),
    'a move': (source) => backup({ ...options(source), deleteAfterUpload: true }),
    'a move with a limit on deletions': (source) =>
      backup({ ...options(source), deleteAfterUpload: true, maxDelete: FILES * 2 }),
  };
  const seconds = new Map<string, number[]>(Object.keys(cases).map((name) => [name, []]));
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const [name, run] of Object.entries(cases)) {
      const source = join(root, 'source');
      fill(source);
      const before = process.cpuUsage();
      await run(source);
      const { user, system } = process.cpuUsage(before);
      seconds.get(name)?.push((user + system) / 1e6);
      rmSync(source, { recursive: true });
    }
  }
  for (const [name, all] of seconds) {
    const base = seconds.get(name.startsWith('a move') ? 'a move' : 'a copy') ?? [];
    process.stdout.write(
      `${name}: ${median(all).toFixed(2)} s of CPU, ${(median(all) / median(base)).toFixed(2)}\n`,
    );
  }
} finally {
  server.kill();
  rmSync(root, { recursive: true, force: true });
}

function fill(source: string): void {
  for (let file = 0; file < FILES; file += 1) {
    const folder = join(source, String(Math.floor(file / FILES_PER_FOLDER)));
    if (file % FILES_PER_FOLDER === 0) {
      mkdirSync(folder, { recursive: true });
      writeFileSync(join(folder, '.backupignore'), '*.tmp\n!keep.tmp\nbuild/\n');
    }
    writeFileSync(join(folder, `${file}.txt`), `content of file ${file}\n`.repeat(50));
  }
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}
