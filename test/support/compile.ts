import { cpSync, readdirSync, symlinkSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { build, type Plugin } from 'esbuild';

const TO_JS: Plugin = {
  name: 'to-js',
  setup: ({ onResolve }) => {
    onResolve({ filter: /^\.{1,2}\/.*\.ts$/ }, ({ kind, path }) =>
      kind === 'entry-point' ? null : { path: path.replace(/\.ts$/, '.js'), external: true },
    );
  },
};

/**
 * Compiles src/, test/ and bench/ into a folder, one JavaScript file for each module: once for all processes of a run, as
 * tsx takes about 1.5 s of CPU in each of them.
 */
export async function compileTo(folder: string): Promise<void> {
  const rooms = ['src', 'test', 'bench'];
  for (const room of rooms)
    cpSync(room, join(folder, room), { recursive: true, filter: (path) => !path.endsWith('.ts') });
  for (const name of ['node_modules', 'package.json']) symlinkSync(resolve(name), join(folder, name));
  await build({
    entryPoints: rooms.flatMap(modulesIn).map((path) => `./${path}`),
    outbase: '.',
    outdir: folder,
    // Only plugins of a bundle see what is imported. All of it stays apart.
    bundle: true,
    packages: 'external',
    plugins: [TO_JS],
    treeShaking: false,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    sourcemap: 'inline',
    sourcesContent: false,
    logLevel: 'warning',
  });
}

function modulesIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true })
    .map((name) => join(folder, String(name)))
    .filter((name) => name.endsWith('.ts'));
}
