import { type SpawnSyncReturns, spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, realpathSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { after, before } from 'node:test';

/** What `npm run build` reads, and what the tarball holds beside dist/. */
const PARTS = [
  'package.json',
  'bin',
  'completions',
  'docs',
  '.backuprc.example',
  'CHANGELOG.md',
  'LICENSE',
  'README.md',
];

/** A file of the bundle. */
interface BundledFile {
  readonly inputs: object;
  readonly imports?: readonly { readonly path: string; readonly kind: string }[];
}

export interface BuiltPackage {
  /** A folder with the package, built from today's sources. */
  readonly folder: string;
  /** Of esbuild, about the bundle. */
  readonly metafile: { readonly outputs: Readonly<Record<string, BundledFile>> };
}

/** Builds the package in a temporary folder. Call it at the top of a test file; the values are there when the tests run. */
export function useBuiltPackage(): BuiltPackage {
  const built = { folder: '', metafile: { outputs: {} } };
  before(() => {
    const folder = mkdtempSync(join(realpathSync(tmpdir()), 's3-backup-package-'));
    built.folder = folder;
    for (const part of PARTS) cpSync(part, join(folder, part), { recursive: true });
    symlinkSync(resolve('node_modules'), join(folder, 'node_modules'));
    const metafile = join(folder, 'metafile.json');
    must(
      node(
        'node_modules/typescript/bin/tsc',
        '-p',
        'tsconfig.build.json',
        '--outDir',
        join(folder, 'dist/lib'),
      ),
    );
    must(node('scripts/bundle.js', join(folder, 'dist'), metafile));
    must(node('scripts/man.js', join(folder, 'dist')));
    built.metafile = JSON.parse(readFileSync(metafile, 'utf8'));
  });
  after(() => rmSync(built.folder, { recursive: true, force: true }));
  return built;
}

/** Runs npm. @throws Error with what it said if it fails */
export function npm(args: readonly string[], cwd: string, env: NodeJS.ProcessEnv = process.env): string {
  const shell = process.platform === 'win32';
  return must(spawnSync('npm', args, { cwd, env, shell, encoding: 'utf8', maxBuffer: 64 * 1024 ** 2 }));
}

function node(...args: readonly string[]): SpawnSyncReturns<string> {
  return spawnSync(process.execPath, args, { encoding: 'utf8' });
}

function must({ status, stdout, stderr, error }: SpawnSyncReturns<string>): string {
  if (status !== 0) throw error ?? new Error(`it failed: ${stdout}${stderr}`);
  return stdout;
}
