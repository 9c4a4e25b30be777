import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ConfigError, loadConfig } from '../../../../src/cli/config/index.ts';
import { NEEDS_ROOT } from './sandbox.ts';

const STRANGER = 123_456;

/** Takes HOME away, and has the process be a user of whom the system knows no home folder. */
function asStranger<T>(work: () => T): T {
  const { HOME } = process.env;
  delete process.env.HOME;
  process.seteuid?.(STRANGER);
  try {
    return work();
  } finally {
    process.seteuid?.(0);
    if (HOME !== undefined) process.env.HOME = HOME;
  }
}

for (const [what, input] of [
  ['--config', { configFile: '~/x' }],
  ['backup_config', { env: { backup_config: '~/x' } }],
  ['a setting', { env: { backup_backup__source_directory: '~/x' } }],
  ['AWS_CA_BUNDLE', { env: { AWS_CA_BUNDLE: '~/x' } }],
  ["the file of a customer's key", { env: { backup_s3__sse_customer_key_file: '~/x' } }],
] as const) {
  test(`~ in ${what} causes one clear error line if there is no home folder`, { skip: NEEDS_ROOT }, () => {
    assert.throws(
      () => asStranger(() => loadConfig({ env: {}, ...input, cwd: '/' })),
      (error) => {
        assert.ok(error instanceof ConfigError, String(error));
        assert.equal(error.code, 'CONFIG_INVALID');
        assert.deepEqual(error.problems, [
          '~/x: HOME is not set, and the system knows no home folder for user 123456; set HOME, or use an absolute path',
        ]);
        return true;
      },
    );
  });
}

test('without a home folder, and without ~, a configuration is read', { skip: NEEDS_ROOT }, () => {
  const { settings } = asStranger(() =>
    loadConfig({ cwd: '/', env: { backup_backup__source_directory: '/srv/~/x' } }),
  );
  assert.equal(settings.backup.source_directory, '/srv/~/x');
});
