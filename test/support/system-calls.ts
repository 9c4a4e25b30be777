import assert from 'node:assert/strict';
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import type { TestContext } from 'node:test';

type Call = 'renameSync' | 'mkdirSync' | 'unlinkSync' | 'linkSync' | 'openSync' | 'lstatSync' | 'readSync';
type Work = (...args: unknown[]) => unknown;

/** What somebody else does at the worst moment of the program. */
export interface Disturbance {
  readonly call: Call;
  /** Which call is meant, by its arguments; the first that fits. Default: the next one. */
  readonly fits?: (...args: readonly unknown[]) => boolean;
  readonly when: 'before' | 'after';
  /** @throws what the call is to fail with instead */
  readonly act: () => void;
}

/**
 * Disturbs the program, which runs in this process, between two of its system calls. A disturbance that never came fails
 * the test.
 */
export function disturb(t: TestContext, { call, fits = () => true, when, act }: Disturbance): void {
  const functions = fs as unknown as Record<Call, Work>;
  const real = functions[call];
  let hasFired = false;
  const restore = () => {
    functions[call] = real;
    syncBuiltinESMExports();
  };
  const disturbed = (...args: unknown[]): unknown => {
    if (hasFired || !fits(...args)) return real(...args);
    hasFired = true;
    restore();
    if (when === 'before') act();
    const result = real(...args);
    if (when === 'after') act();
    return result;
  };
  functions[call] = Object.assign(disturbed, real);
  syncBuiltinESMExports();
  t.after(() => {
    restore();
    assert.ok(hasFired, `the program never called ${call} as was planned`);
  });
}
