import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type SettingKey, settings } from '../../../../src/cli/config/index.ts';
import { sandbox } from './sandbox.ts';

const KEYS = { AWS_ACCESS_KEY_ID: 'AKIAX', AWS_SECRET_ACCESS_KEY: 'secret' };
const NAMED: [string, SettingKey, string][] = [
  ['AWS_ACCESS_KEY_ID', 'aws.access_key_id', 'AKIAOTHER'],
  ['AWS_SECRET_ACCESS_KEY', 'aws.secret_access_key', 'other'],
  ['AWS_SESSION_TOKEN', 'aws.session_token', 'token'],
  ['AWS_DEFAULT_REGION', 'aws.region', 'eu-west-1'],
  ['AWS_REGION', 'aws.region', 'eu-west-2'],
  ['AWS_PROFILE', 'aws.profile', 'work'],
  ['AWS_ENDPOINT_URL', 'aws.endpoint_url', 'http://localhost:9000'],
  ['AWS_ENDPOINT_URL_S3', 'aws.endpoint_url', 'https://s3.example.com/base'],
  ['AWS_CA_BUNDLE', 'aws.ca_bundle', '/etc/ssl/private-ca.pem'],
  ['S3_BUCKET_NAME', 's3.bucket_name', 'bucket'],
  ['S3_BACKUP_SSE_CUSTOMER_KEY', 's3.sse_customer_key', Buffer.alloc(32, 'k').toString('base64')],
];

for (const [name, key, value] of NAMED) {
  const [section, field] = key.split('.') as ['aws', string];

  test(`${name} sets ${key}, from the environment and from .env`, (t) => {
    const box = sandbox(t);
    const fromEnvironment = box.load({ env: { ...KEYS, [name]: value } });
    assert.equal(Reflect.get(fromEnvironment.settings[section], field), value);
    assert.deepEqual(fromEnvironment.origin(key), { kind: 'environment', name });
    const variables = Object.entries({ ...KEYS, [name]: value });
    box.write('cwd/.env', variables.map(([variable, text]) => `export ${variable}="${text}"`).join('\n'));
    const fromDotenv = box.load();
    assert.equal(Reflect.get(fromDotenv.settings[section], field), value);
    assert.deepEqual(fromDotenv.origin(key), { kind: 'dotenv', name });
    assert.deepEqual(fromDotenv.files, ['.env']);
  });
}

test('AWS_REGION wins over AWS_DEFAULT_REGION, AWS_ENDPOINT_URL_S3 over AWS_ENDPOINT_URL, backup_* over both', (t) => {
  const box = sandbox(t);
  const env: NodeJS.ProcessEnv = {
    AWS_REGION: 'two',
    AWS_DEFAULT_REGION: 'one',
    AWS_ENDPOINT_URL_S3: 'http://two',
    AWS_ENDPOINT_URL: 'http://one',
  };
  assert.equal(box.load({ env }).settings.aws.region, 'two');
  assert.equal(box.load({ env }).settings.aws.endpoint_url, 'http://two');
  const more = { ...env, backup_aws__region: 'three', Backup_AWS__Endpoint_URL: 'http://three' };
  const { settings, origin } = box.load({ env: more });
  assert.equal(settings.aws.region, 'three');
  assert.equal(settings.aws.endpoint_url, 'http://three');
  assert.deepEqual(origin('aws.endpoint_url'), { kind: 'environment', name: 'Backup_AWS__Endpoint_URL' });
});

/** These exclude others, and have tests of their own: credential-files.test.ts and customer-key.test.ts. */
const OF_FILES = [
  'aws.access_key_id_file',
  'aws.secret_access_key_file',
  'aws.session_token_file',
  's3.sse_customer_key',
  's3.sse_customer_key_file',
];

test('every key can be set as backup_<section>__<key>, typed by the schema', (t) => {
  const env = {
    backup_aws__access_key_id: 'AKIA',
    backup_aws__secret_access_key: 'secret',
    backup_aws__session_token: 'token',
    backup_aws__region: 'r',
    backup_aws__profile: 'p',
    backup_aws__endpoint_url: 'http://e',
    backup_aws__ca_bundle: '/ca.pem',
    backup_aws__force_path_style: 'yes',
    backup_s3__bucket_name: 'b',
    backup_s3__prefix: 'p/',
    backup_s3__storage_class: 'GLACIER',
    backup_s3__server_side_encryption: 'aws:kms',
    backup_s3__kms_key_id: 'k',
    backup_s3__acl: 'private',
    backup_s3__cache_control: 'no-store',
    backup_s3__object_lock_mode: 'GOVERNANCE',
    backup_s3__object_lock_retention: '30d',
    backup_s3__object_lock_legal_hold: 'yes',
    backup_s3__checksum: 'sha256',
    backup_s3__requester_pays: 'yes',
    backup_s3__tags: 'a=1, b=x=y',
    backup_s3__metadata: '{"a": "1,2"}',
    backup_backup__source_directory: '/data',
    backup_backup__file_extensions: 'pdf, *.TXT,.md',
    backup_backup__include_patterns: '*.{jpg,png},docs/**',
    backup_backup__exclude_patterns: '["a,b", "c"]',
    backup_backup__include_from: '/a/rules,/b',
    backup_backup__exclude_from: '["/a,b"]',
    backup_backup__ignore_file: '.rules',
    backup_backup__exclude_if_present: 'CACHEDIR.TAG,.nobackup',
    backup_backup__min_size: '1K',
    backup_backup__max_size: '1G',
    backup_backup__min_age: '15m',
    backup_backup__max_age: '30d',
    backup_backup__compare: 'checksum',
    backup_backup__delete_after_upload: '1',
    backup_backup__remove_empty_directories: 'no',
    backup_safety__overwrite: 'always',
    backup_safety__verify: 'download',
    backup_safety__require_proof: 'no',
    backup_safety__on_change: 'skip',
    backup_safety__links: 'follow',
    backup_safety__one_file_system: '1',
    backup_safety__delete_hard_links: '1',
    backup_safety__delete_open_files: '1',
    backup_safety__fail_if_empty: 'yes',
    backup_safety__max_delete: '12.5%',
    backup_safety__confirm: 'always',
    backup_safety__key_folding: 'both',
    backup_safety__lock: 'bucket',
    backup_safety__wait: '1m',
    backup_transfer__concurrency: '3',
    backup_transfer__bwlimit: '10M',
    backup_transfer__part_size: '16M',
    backup_transfer__memory: '1GiB',
    backup_transfer__whole_md5: '0',
    backup_transfer__resume: 'yes',
    backup_transfer__transport: 'sdk',
    backup_transfer__sign_payload: '1',
    backup_transfer__processes: '2',
    backup_transfer__max_attempts: '2',
    backup_transfer__max_outage: '1h',
    backup_transfer__max_transfer: '50G',
    backup_transfer__max_duration: '6h',
    backup_logging__level: 'debug',
    backup_logging__log_file: '/l',
    backup_logging__max_log_size_mb: '1',
    backup_logging__backup_count: '0',
    backup_logging__stats: '1m',
    backup_report__output_json: '-',
    backup_report__html: '/page',
    backup_report__md5sums: '/sums',
    backup_report__events: 'fd:3',
    backup_report__metrics: '/m.prom',
    backup_report__manifest: 'yes',
    backup_report__exit_codes: 'temporary',
    backup_hooks__before: '["sh","-c","a, b"]',
    backup_hooks__after: '/usr/bin/after',
    backup_hooks__on_success: 'off',
    backup_hooks__on_failure: '["mail"]',
    backup_hooks__time_limit: '10m',
    backup_hooks__pass_credentials: 'yes',
    backup_notify__ping_url: 'https://hc.example/abc',
    backup_notify__on: 'change',
    backup_notify__webhooks:
      '[{"url":"https://a.example","on":"always","body":{"text":"{{title}}"}},"http://b.example"]',
    backup_notify__email: 'root,admin@example.com',
    backup_notify__email_from: 'backup@example.com',
    backup_notify__sendmail: '["msmtp","-C","/rc"]',
  };
  const named = Object.keys(env).map((name) => name.replace(/^backup_/, '').replace('__', '.'));
  assert.deepEqual(
    [...settings.keys()].filter((key) => !named.includes(key)),
    OF_FILES,
  );
  assert.deepEqual(sandbox(t).load({ env }).settings, {
    aws: {
      access_key_id: 'AKIA',
      secret_access_key: 'secret',
      session_token: 'token',
      region: 'r',
      profile: 'p',
      endpoint_url: 'http://e',
      ca_bundle: '/ca.pem',
      force_path_style: true,
    },
    s3: {
      bucket_name: 'b',
      prefix: 'p/',
      storage_class: 'GLACIER',
      server_side_encryption: 'aws:kms',
      kms_key_id: 'k',
      acl: 'private',
      cache_control: 'no-store',
      object_lock_mode: 'GOVERNANCE',
      object_lock_retention: 2_592_000,
      object_lock_legal_hold: true,
      checksum: 'sha256',
      requester_pays: true,
      tags: { a: '1', b: 'x=y' },
      metadata: { a: '1,2' },
    },
    backup: {
      source_directory: '/data',
      file_extensions: ['.pdf', '.txt', '.md'],
      include_patterns: ['*.{jpg,png}', 'docs/**'],
      exclude_patterns: ['a,b', 'c'],
      include_from: ['/a/rules', '/b'],
      exclude_from: ['/a,b'],
      ignore_file: '.rules',
      exclude_if_present: ['CACHEDIR.TAG', '.nobackup'],
      min_size: 1024,
      max_size: 1024 ** 3,
      min_age: 900,
      max_age: 30 * 86_400,
      compare: 'checksum',
      delete_after_upload: true,
      remove_empty_directories: false,
    },
    safety: {
      overwrite: 'always',
      verify: 'download',
      require_proof: false,
      on_change: 'skip',
      links: 'follow',
      one_file_system: true,
      delete_hard_links: true,
      delete_open_files: true,
      fail_if_empty: true,
      max_delete: '12.5%',
      confirm: 'always',
      key_folding: 'both',
      lock: 'bucket',
      wait: 60,
    },
    transfer: {
      concurrency: 3,
      bwlimit: '10M',
      part_size: 16 * 1024 ** 2,
      memory: 1024 ** 3,
      whole_md5: false,
      resume: true,
      transport: 'sdk',
      sign_payload: true,
      processes: 2,
      max_attempts: 2,
      max_outage: 3600,
      max_transfer: 50 * 1024 ** 3,
      max_duration: 21_600,
    },
    logging: { level: 'DEBUG', log_file: '/l', max_log_size_mb: 1, backup_count: 0, stats: 60 },
    report: {
      output_json: '-',
      html: '/page',
      md5sums: '/sums',
      events: 'fd:3',
      metrics: '/m.prom',
      manifest: true,
      exit_codes: 'temporary',
    },
    hooks: {
      before: ['sh', '-c', 'a, b'],
      after: ['/usr/bin/after'],
      on_success: undefined,
      on_failure: ['mail'],
      time_limit: 600,
      pass_credentials: true,
    },
    notify: {
      ping_url: 'https://hc.example/abc',
      on: 'change',
      webhooks: [
        { url: 'https://a.example', on: 'always', body: { text: '{{title}}' } },
        { url: 'http://b.example' },
      ],
      email: ['root', 'admin@example.com'],
      email_from: 'backup@example.com',
      sendmail: ['msmtp', '-C', '/rc'],
    },
  });
});

test('empty variables, and backup_ variables without __, set nothing', (t) => {
  const env = {
    AWS_REGION: '',
    BACKUP_DIR: '/x',
    backup_: 'y',
    backup_s3__prefix: '',
    BACKUP_CONFIG: '/nowhere',
  };
  const { settings, files } = sandbox(t).load({ env });
  assert.equal(settings.aws.region, undefined);
  assert.deepEqual(files, []);
});

test('an unknown backup_ variable is an error with a suggestion', (t) => {
  const box = sandbox(t);
  const { code, problems } = box.refused({
    env: { backup_transfer__concurency: '1', BACKUP_S4__PREFIX: 'x', backup_s3__tags__a: '1' },
  });
  assert.equal(code, 'CONFIG_INVALID');
  assert.deepEqual(problems.slice(0, 2), [
    'environment backup_transfer__concurency: transfer.concurency: unknown key; did you mean transfer.concurrency?',
    'environment BACKUP_S4__PREFIX: s4: unknown section; did you mean s3?',
  ]);
  assert.match(
    problems[2] ?? '',
    /^environment backup_s3__tags__a: s3\.tags__a: unknown key; did you mean s3\.tags\?/,
  );
});

test('two variables that differ only in case and set the same key are an error, unless they agree', (t) => {
  const box = sandbox(t);
  const { message } = box.refused({ env: { backup_s3__prefix: 'a', BACKUP_S3__PREFIX: 'b' } });
  assert.match(message, /BACKUP_S3__PREFIX: s3\.prefix: backup_s3__prefix also sets it/);
  const same = box.load({ env: { backup_s3__prefix: 'a', BACKUP_S3__PREFIX: 'a' } });
  assert.equal(same.settings.s3.prefix, 'a');
});

test('a .env of another program, and a folder of that name, are ignored', (t) => {
  const box = sandbox(t);
  box.write('cwd/.env', 'DATABASE_URL=postgres://x\nBACKUP_DIR=/x\n', 0o666);
  assert.deepEqual(box.load().files, []);
  const other = sandbox(t);
  other.write('cwd/.env/pyvenv.cfg', 'home = /usr/bin');
  assert.deepEqual(other.load().files, []);
});
