import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sandbox } from './sandbox.ts';

const CONFIG = `# AWS Configuration
aws:
  access_key_id: ""          # leave empty to use the environment
  secret_access_key: ""
  region: us-east-1
  endpoint_url: null

# S3 Configuration
s3:
  bucket_name: x
  prefix: backups/

# Backup Configuration
backup:
  source_directory: ./data
  file_extensions: ["*"]
  delete_after_upload: true

# Logging Configuration
logging:
  level: INFO
  log_file: logs/backup.log
  max_log_size_mb: 10
  backup_count: 5
`;

test("the first user's config.yaml works unchanged with --config", (t) => {
  const box = sandbox(t);
  box.write('cwd/config.yaml', CONFIG);
  const { settings, files, warnings } = box.load({ configFile: 'config.yaml' });
  assert.deepEqual(settings, {
    aws: { region: 'us-east-1' },
    s3: { bucket_name: 'x', prefix: 'backups/', checksum: 'auto' },
    backup: {
      source_directory: `${box.cwd}/data`,
      file_extensions: ['*'],
      include_patterns: [],
      exclude_patterns: [],
      include_from: [],
      exclude_from: [],
      exclude_if_present: [],
      min_size: 0,
      min_age: 0,
      delete_after_upload: true,
      remove_empty_directories: true,
    },
    safety: {
      verify: 'auto',
      require_proof: true,
      on_change: 'retry',
      links: 'skip',
      one_file_system: false,
      delete_hard_links: false,
      delete_open_files: false,
      fail_if_empty: false,
      confirm: 'first',
      key_folding: 'none',
      wait: 0,
    },
    transfer: {
      part_size: 8 * 1024 ** 2,
      memory: 128 * 1024 ** 2,
      whole_md5: true,
      transport: 'auto',
      sign_payload: false,
      processes: 1,
      max_attempts: 5,
      max_outage: 900,
    },
    logging: {
      level: 'INFO',
      log_file: `${box.cwd}/logs/backup.log`,
      max_log_size_mb: 10,
      backup_count: 5,
      stats: 0,
    },
    report: { manifest: false, exit_codes: 'plain' },
    hooks: { time_limit: 3600, pass_credentials: false },
    notify: { on: 'failure', webhooks: [], email: [], sendmail: ['/usr/sbin/sendmail'] },
  });
  assert.deepEqual(files, ['config.yaml']);
  assert.deepEqual(warnings, []);
});

test('the keys of the first user, and the empty prefix', (t) => {
  const box = sandbox(t);
  const keys = { '    # leave': '    # x', 'key_id: ""': 'key_id: AKIA1', 'key: ""': 'key: "s/e+c"' };
  const text = Object.entries(keys).reduce((all, [from, to]) => all.replace(from, to), CONFIG);
  box.write('cwd/config.yaml', text.replace('backups/', '""'));
  const { settings } = box.load({ configFile: 'config.yaml' });
  assert.equal(settings.aws.access_key_id, 'AKIA1');
  assert.equal(settings.aws.secret_access_key, 's/e+c');
  assert.equal(settings.s3.prefix, '');
});

test('yes and on mean true, as in Python, also without quotes', (t) => {
  const box = sandbox(t);
  for (const [word, expected] of [
    ['yes', true],
    ['On', true],
    ['no', false],
    ['True', true],
    ['"false"', false],
    ['0', false],
  ] as const) {
    box.write('cwd/c.yaml', `backup:\n  delete_after_upload: ${word}\n`);
    assert.equal(box.load({ configFile: 'c.yaml' }).settings.backup.delete_after_upload, expected, word);
  }
});
