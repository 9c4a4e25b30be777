import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync } from 'node:fs';
import type { TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';

/** Runs a tool of the system's; returns why it could not, or undefined. */
function trouble(command: readonly string[]): string | undefined {
  const [file = '', ...args] = command;
  const { status, stderr, error } = spawnSync(file, args, { encoding: 'utf8' });
  return status === 0 ? undefined : `${command.join(' ')}: ${error?.message ?? stderr.trim()}`;
}

/**
 * Mounts something for the time of `work`; the test is skipped, with the reason, where that is not permitted.
 * Unmounted even on failure, and before the test's folders are removed.
 *
 * @param point A file or folder; made as a folder if it is missing.
 * @param options Of mount(8), all but the mount point.
 */
export async function withMount(
  t: TestContext,
  point: string,
  options: readonly string[],
  work: () => Promise<void>,
): Promise<void> {
  if (process.platform !== 'linux') return t.skip('mounts are tested on Linux only');
  if (!existsSync(point)) mkdirSync(point, { recursive: true });
  const refused = trouble(['mount', ...options, point]);
  if (refused !== undefined) return t.skip(refused);
  try {
    await work();
  } finally {
    // Lazily: whatever still holds it must not keep the folder from going.
    const stuck = trouble(['umount', point]) && trouble(['umount', '-l', point]);
    // A test may have taken it away itself.
    if (stuck !== undefined && !/not mounted/.test(stuck)) t.diagnostic(stuck);
  }
}

/** Remounts a bind mount read-only, which Linux does in a second step only. */
export function makeReadOnly(point: string): string | undefined {
  return trouble(['mount', '-o', 'remount,bind,ro', point]);
}

/** Sets an attribute of a file or folder (`i` immutable, `a` append only) for the time of `work`. */
export async function withAttribute(
  t: TestContext,
  path: string,
  attribute: 'i' | 'a',
  work: () => Promise<void>,
): Promise<void> {
  const refused = trouble(['chattr', `+${attribute}`, path]);
  if (refused !== undefined) return t.skip(refused);
  try {
    await work();
  } finally {
    trouble(['chattr', `-${attribute}`, path]);
  }
}

/** The Python that can mount FUSE file systems, or why there is none. */
export function fusePython(): { readonly python: string } | { readonly lacks: string } {
  for (const python of ['python3', '/usr/bin/python3']) {
    const script = 'try:\n import fusepy\nexcept ImportError:\n import fuse\n';
    if (spawnSync(python, ['-c', script]).status === 0) return { python };
  }
  return { lacks: 'no Python with fusepy (Debian: python3-fusepy)' };
}

/**
 * Shows a folder at another place as an odd file system would, for the time of `work`. The quirks are those of
 * test/support/fuse/odd.py. The test is skipped, with the reason, where FUSE cannot be had.
 */
export async function withOddFileSystem(
  t: TestContext,
  folder: string,
  point: string,
  quirks: readonly string[],
  work: () => Promise<void>,
): Promise<void> {
  const found = fusePython();
  if ('lacks' in found) return t.skip(found.lacks);
  mkdirSync(point, { recursive: true });
  const script = fileURLToPath(new URL('./fuse/odd.py', import.meta.url));
  const child = spawn(found.python, [script, folder, point, ...quirks], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let errors = '';
  child.stderr.on('data', (text) => {
    errors += text;
  });
  const ended = once(child, 'exit');
  const isReady = await Promise.race([once(child.stdout, 'data').then(() => true), ended.then(() => false)]);
  if (!isReady) return t.skip(`FUSE does not work here: ${errors.trim()}`);
  try {
    await work();
  } finally {
    if (trouble(['umount', point])) trouble(['umount', '-l', point]);
    await ended;
  }
}

/** Mounts a file system with a program of its own, as `withMount` does with mount(8). */
export async function withMounted(
  t: TestContext,
  command: readonly string[],
  point: string,
  work: () => Promise<void>,
): Promise<void> {
  mkdirSync(point, { recursive: true });
  const refused = trouble(command);
  if (refused !== undefined) return t.skip(refused);
  try {
    await work();
  } finally {
    if (trouble(['umount', point])) trouble(['umount', '-l', point]);
  }
}

/** A file with a file system in it, for loop mounts. Returns why it could not be made, or undefined. */
export function makeImage(path: string, mebibytes: number, mkfs: readonly string[]): string | undefined {
  return trouble(['truncate', '-s', `${mebibytes}M`, path]) ?? trouble([...mkfs, path]);
}
