import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import type { TestContext } from 'node:test';

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
 * @param options Of mount(8), all but the mount point.
 */
export async function withMount(
  t: TestContext,
  point: string,
  options: readonly string[],
  work: () => Promise<void>,
): Promise<void> {
  if (process.platform !== 'linux') return t.skip('mounts are tested on Linux only');
  mkdirSync(point, { recursive: true });
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
