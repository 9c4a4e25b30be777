import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { TestContext } from 'node:test';
import {
  ConfigError,
  type ConfigInput,
  type LoadedConfig,
  loadConfig,
} from '../../../../src/cli/config/index.ts';

/** A current folder and a home folder of the test's own. */
export interface Sandbox {
  readonly cwd: string;
  readonly home: string;
  /** Writes a file below the sandbox (`cwd/.env`, `home/.backuprc`), for its owner only. Returns its path. */
  write(path: string, text: string | Buffer, mode?: number): string;
  load(input?: Partial<ConfigInput>): LoadedConfig;
  /** The error that loading ends with; fails if it does not. */
  refused(input?: Partial<ConfigInput>): ConfigError;
}

export function sandbox(t: TestContext, parent = tmpdir()): Sandbox {
  const root = mkdtempSync(join(realpathSync(parent), 'config-test-'));
  t.after(() => rmSync(root, { recursive: true, force: true }));
  const cwd = join(root, 'cwd');
  const home = join(root, 'home');
  for (const folder of [cwd, home]) mkdirSync(folder, { mode: 0o755 });
  const load = (input: Partial<ConfigInput> = {}) =>
    loadConfig({ cwd, ...input, env: { HOME: home, ...input.env } });
  return {
    cwd,
    home,
    load,
    write(path, text, mode = 0o600) {
      const file = join(root, path);
      mkdirSync(dirname(file), { recursive: true, mode: 0o755 });
      writeFileSync(file, text);
      chmodSync(file, mode);
      return file;
    },
    refused(input) {
      try {
        load(input);
      } catch (error) {
        assert.ok(error instanceof ConfigError, String(error));
        assert.equal(error.message, error.problems.join('\n'));
        return error;
      }
      assert.fail('the configuration was accepted');
    },
  };
}

/** Why a test about owners and users cannot run here, or false. */
export const NEEDS_ROOT = process.geteuid?.() === 0 ? false : 'only root can change owners';
