import assert from 'node:assert/strict';
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import type { TestContext } from 'node:test';

type SyncCall = 'symlinkSync' | 'mkdirSync' | 'openSync' | 'chownSync' | 'utimesSync' | 'fchmodSync';

/**
 * Does something once, right after this process has made a system call: what another process could do between that call and
 * the next. The test fails if it never came to it.
 *
 * @param isIt Whether these are the arguments of the call that is meant. Default: the first one.
 */
export function useMomentAfter(
  t: TestContext,
  call: SyncCall,
  act: (...args: readonly unknown[]) => void,
  isIt: (...args: readonly unknown[]) => boolean = () => true,
): void {
  const original = fs[call] as (...args: unknown[]) => unknown;
  let isDone = false;
  const replaced = (...args: unknown[]): unknown => {
    const result = original(...args);
    if (!isDone && isIt(...args)) {
      isDone = true;
      act(...args);
    }
    return result;
  };
  const use = (implementation: unknown) => {
    Object.assign(fs, { [call]: implementation });
    syncBuiltinESMExports();
  };
  use(replaced);
  t.after(() => {
    use(original);
    assert.ok(isDone, `it never came to the ${call} that is meant`);
  });
}
