/** An ordinary user that every system has. */
export const NOBODY = 65_534;

/**
 * Runs a check without root's right to read everything: as root with `nobody`'s rights, otherwise as it is. For work
 * in this process only that needs no file of root's, so not while a test server writes.
 */
export async function asNobody<T>(work: () => Promise<T>): Promise<T> {
  if (process.getuid?.() !== 0) return work();
  process.seteuid?.(NOBODY);
  try {
    return await work();
  } finally {
    process.seteuid?.(0);
  }
}
