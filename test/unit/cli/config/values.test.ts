import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SettingKey } from '../../../../src/cli/config/index.ts';
import { sandbox } from './sandbox.ts';

const WRONG: [SettingKey, string, string][] = [
  ['aws.access_key_id', '12345', '**** is not allowed; use an access key id, without spaces, in quotes'],
  ['aws.access_key_id', '"a b"', '**** is not allowed; use an access key id, without spaces'],
  ['aws.region', '"eu central"', '"eu central" is not allowed; use a region such as eu-central-1'],
  [
    'aws.endpoint_url',
    'localhost:9000',
    '"localhost:9000" is not allowed; use an http:// or https:// URL without user, password, query and fragment',
  ],
  [
    'aws.endpoint_url',
    '["https://u:p@host"]',
    '**** is not allowed; use an http:// or https:// URL without user, password, query and fragment',
  ],
  ['aws.force_path_style', 'maybe', '"maybe" is not allowed; use true or false (also yes, no, 1, 0)'],
  [
    's3.bucket_name',
    's3://bucket/x',
    '"s3://bucket/x" is not allowed; use the name alone, without s3:// and without a path',
  ],
  [
    's3.prefix',
    's3://bucket/x',
    '"s3://bucket/x" is not allowed; use text of at most 1024 bytes, without s3:// and the bucket',
  ],
  [
    's3.bucket_name',
    '1234',
    '1234 is not allowed; use the name alone, without s3:// and without a path, in quotes',
  ],
  [
    's3.storage_class',
    'standard',
    '"standard" is not allowed; use a storage class in capitals, such as STANDARD_IA',
  ],
  ['s3.server_side_encryption', 'AES128', '"AES128" is not allowed; use AES256, aws:kms or aws:kms:dsse'],
  [
    's3.sse_customer_key',
    'too-short',
    '**** is not allowed; use 32 bytes as base64 (44 characters) or hex (64 characters), in quotes',
  ],
  [
    's3.acl',
    'public',
    '"public" is not allowed; use one of private, public-read, public-read-write, authenticated-read, aws-exec-read, bucket-owner-read, bucket-owner-full-control',
  ],
  ['s3.cache_control', '"a\\nb"', '"a\\nb" is not allowed; use ASCII of at most 1024 characters'],
  ['s3.object_lock_mode', 'governance', '"governance" is not allowed; use GOVERNANCE or COMPLIANCE'],
  ['s3.object_lock_retention', '0', '0 is not allowed; use a duration of more than 0s'],
  [
    's3.object_lock_retention',
    '1y',
    '"1y" is not allowed; use a duration: whole seconds, or a whole number with s, m, h or d (90, 90s, 15m, 12h, 7d)',
  ],
  [
    's3.tags',
    '{a: 1}',
    'a map is not allowed; use a map of texts, as name: value, or in one line as name=value,name=value; put numbers in quotes',
  ],
  [
    's3.tags',
    '"a=1,a=2"',
    '"a=1,a=2" is not allowed; use a map of texts, as name: value, or in one line as name=value,name=value; put numbers in quotes; each name only once',
  ],
  [
    's3.tags',
    `{${Array.from({ length: 11 }, (_, i) => `t${i}: x`)}}`,
    'a map is not allowed; use at most 10 tags, names of up to 128 characters, values of up to 256',
  ],
  [
    's3.metadata',
    '{mtime: x}',
    'a map is not allowed; use other names than mtime, mode, uid and gid, which the program writes itself',
  ],
  [
    's3.metadata',
    '{a: "é"}',
    'a map is not allowed; use names of letters, digits and -_. and values of ASCII, at most 1900 bytes in all',
  ],
  ['backup.source_directory', '7', '7 is not allowed; use a path in quotes, or a list of paths'],
  ['backup.file_extensions', '[]', '[] is not allowed; use at least one extension; ["*"] for all files'],
  [
    'backup.file_extensions',
    '["*.p?f"]',
    '["*.p?f"] is not allowed; use extensions such as .pdf, *.pdf or pdf, or "*"; for anything else include_patterns',
  ],
  ['backup.include_patterns', '[""]', '[""] is not allowed; use a list of patterns, none of them empty'],
  ['backup.exclude_patterns', '{a: b}', 'a map is not allowed; use a list of patterns, none of them empty'],
  [
    'backup.min_age',
    '5 weeks',
    '"5 weeks" is not allowed; use a duration: whole seconds, or a whole number with s, m, h or d (90, 90s, 15m, 12h, 7d)',
  ],
  [
    'backup.min_age',
    '-1',
    '-1 is not allowed; use a duration: whole seconds, or a whole number with s, m, h or d (90, 90s, 15m, 12h, 7d)',
  ],
  ['backup.delete_after_upload', '[true]', '[true] is not allowed; use true or false (also yes, no, 1, 0)'],
  ['backup.delete_after_upload', '2', '2 is not allowed; use true or false (also yes, no, 1, 0)'],
  ['transfer.concurrency', '0', '0 is not allowed; use a whole number from 1 to 256'],
  ['transfer.concurrency', '257', '257 is not allowed; use a whole number from 1 to 256'],
  ['transfer.concurrency', '1.5', '1.5 is not allowed; use a whole number from 1 to 256'],
  ['transfer.concurrency', '.nan', 'NaN is not allowed; use a whole number from 1 to 256'],
  ['transfer.concurrency', 'many', '"many" is not allowed; use a whole number from 1 to 256'],
  ['transfer.part_size', '4M', '"4M" is not allowed; use a size from 5MiB to 5GiB'],
  [
    'transfer.part_size',
    '8MB',
    '"8MB" is not allowed; use a size: whole bytes, or a whole number with K, M, G, T, KiB, MiB, GiB or TiB (8388608, 8M, 8MiB)',
  ],
  ['transfer.memory', '31MiB', '"31MiB" is not allowed; use a size of at least 32MiB'],
  ['transfer.processes', '65', '65 is not allowed; use a whole number from 1 to 64'],
  [
    'transfer.max_outage',
    'soon',
    '"soon" is not allowed; use a duration: whole seconds, or a whole number with s, m, h or d (90, 90s, 15m, 12h, 7d)',
  ],
  [
    'transfer.max_transfer',
    '-1',
    '-1 is not allowed; use a size: whole bytes, or a whole number with K, M, G, T, KiB, MiB, GiB or TiB (8388608, 8M, 8MiB); or off',
  ],
  ['transfer.max_duration', '0', '0 is not allowed; use a duration of at least 1s; or off'],
  [
    'transfer.max_duration',
    'soon',
    '"soon" is not allowed; use a duration: whole seconds, or a whole number with s, m, h or d (90, 90s, 15m, 12h, 7d); or off',
  ],
  ['safety.confirm', 'sometimes', '"sometimes" is not allowed; use first, always or never'],
  ['transfer.max_attempts', '21', '21 is not allowed; use a whole number from 1 to 20'],
  ['logging.level', 'TRACE', '"TRACE" is not allowed; use one of DEBUG, INFO, WARNING, ERROR, CRITICAL'],
  ['logging.max_log_size_mb', '0', '0 is not allowed; use a whole number from 1 to 1000000'],
  ['logging.stats', '2d', '"2d" is not allowed; use a duration of at most 1d'],
  ['logging.backup_count', '1001', '1001 is not allowed; use a whole number from 0 to 1000'],
  [
    'report.md5sums',
    '"-"',
    '"-" is not allowed; use a path (only report.output_json and report.events take "-" for stdout)',
  ],
  ['report.events', '"fd:x"', '"fd:x" is not allowed; use a path, - for stdout, or fd:N for a descriptor'],
  ['report.metrics', '"-"', '"-" is not allowed; use the path of a file whose name ends in .prom'],
  ['report.metrics', 'm.txt', '"m.txt" is not allowed; use the path of a file whose name ends in .prom'],
  [
    'logging.log_file',
    '"-"',
    '"-" is not allowed; use a path (only report.output_json and report.events take "-" for stdout)',
  ],
  ['report.output_json', 'true', 'true is not allowed; use a path, or - for stdout, in quotes'],
];

for (const [key, value, expected] of WRONG) {
  test(`a wrong value is an error that names the allowed values: ${key}: ${value.slice(0, 30)}`, (t) => {
    const box = sandbox(t);
    const [section, name] = key.split('.');
    box.write('cwd/config.yaml', `${section}:\n  ${name}: ${value}\n`);
    const { code, problems } = box.refused({ configFile: 'config.yaml' });
    assert.equal(code, 'CONFIG_INVALID');
    assert.equal(problems[0], `config.yaml: ${key}: ${expected}`);
  });
}

test('a wrong value is an error even if a source of higher precedence overrides it', (t) => {
  const box = sandbox(t);
  box.write('cwd/c', 'transfer: {concurrency: 0}');
  const flags = { 'transfer.concurrency': { value: '8', flag: '--concurrency' } };
  assert.deepEqual(box.refused({ configFile: 'c', flags }).problems, [
    'c: transfer.concurrency: 0 is not allowed; use a whole number from 1 to 256',
  ]);
});

test('a long or hostile value is shortened and cannot steer the terminal', (t) => {
  const flags = { 'aws.region': { value: `\u001b[2J\u202e\u009b${'x'.repeat(5000)}`, flag: '--region' } };
  const { message } = sandbox(t).refused({ flags });
  assert.match(message, /^--region: aws\.region: "\\u001b\[2J\\u\{202e\}\\u\{9b\}x+\.\.\. is not allowed/);
  assert.ok(message.length < 200);
});

test('a list may be one text, and extensions may have three forms', (t) => {
  const box = sandbox(t);
  box.write('cwd/c', 'backup: {file_extensions: [.PDF, "*.tar.gz", txt, TXT], include_patterns: "a,b"}');
  const { settings } = box.load({ configFile: 'c' });
  assert.deepEqual(settings.backup.file_extensions, ['.pdf', '.tar.gz', '.txt']);
  assert.deepEqual(settings.backup.include_patterns, ['a,b']);
  box.write('cwd/c', 'backup: {file_extensions: [pdf, "*"]}');
  assert.deepEqual(box.load({ configFile: 'c' }).settings.backup.file_extensions, ['*']);
});

test('flags may be texts or typed', (t) => {
  const flags = {
    'transfer.concurrency': { value: '4', flag: '-j' },
    'backup.delete_after_upload': { value: true, flag: '--delete-after-upload' },
    'backup.exclude_patterns': { value: ['a', 'b'], flag: '--exclude' },
    's3.tags': { value: { a: 'b' }, flag: '--tag' },
    'logging.level': { value: 'warning', flag: '--log-level' },
  };
  const { settings } = sandbox(t).load({ flags });
  assert.equal(settings.transfer.concurrency, 4);
  assert.equal(settings.backup.delete_after_upload, true);
  assert.deepEqual(settings.backup.exclude_patterns, ['a', 'b']);
  assert.deepEqual(settings.s3.tags, { a: 'b' });
  assert.equal(settings.logging.level, 'WARNING');
});

test('off lifts a limit that another source sets, also as YAML 1.1 files say it', (t) => {
  const box = sandbox(t);
  box.write('cwd/c', 'transfer: {max_transfer: 50G, max_duration: 6h}');
  const flags = {
    'transfer.max_transfer': { value: 'off', flag: '--max-transfer' },
    'transfer.max_duration': { value: 'off', flag: '--max-duration' },
  };
  const limited = box.load({ configFile: 'c' }).settings.transfer;
  assert.deepEqual([limited.max_transfer, limited.max_duration], [50 * 1024 ** 3, 21_600]);
  const lifted = box.load({ configFile: 'c', flags }).settings.transfer;
  assert.deepEqual([lifted.max_transfer, lifted.max_duration], [undefined, undefined]);
  box.write('cwd/c', 'transfer: {max_transfer: false, max_duration: off}');
  const none = box.load({ configFile: 'c' }).settings.transfer;
  assert.deepEqual([none.max_transfer, none.max_duration], [undefined, undefined]);
});

test('a minimum size or age above the maximum is refused, with both origins', (t) => {
  const { refused, write } = sandbox(t);
  write('cwd/c', 'backup:\n  min_size: 10\n  max_age: 1h\n');
  const flags = {
    'backup.max_size': { value: '5', flag: '--max-size' },
    'backup.min_age': { value: '2h', flag: '--min-age' },
  };
  assert.deepEqual(refused({ configFile: 'c', flags }).problems, [
    'c: backup.min_size: is more than backup.max_size (--max-size), so no file can match both',
    '--min-age: backup.min_age: is more than backup.max_age (c), so no file can match both',
  ]);
});

test('the parts must fit into the memory, and a KMS key needs KMS encryption', (t) => {
  const box = sandbox(t);
  box.write('cwd/c', 'transfer: {part_size: 256M}\ns3: {kms_key_id: k, server_side_encryption: AES256}');
  assert.deepEqual(box.refused({ configFile: 'c' }).problems, [
    'c: transfer.part_size: 2 parts (transfer.part_size 256MiB) must fit into transfer.memory (128MiB); use smaller parts or more memory',
    'c: s3.kms_key_id: needs s3.server_side_encryption aws:kms or aws:kms:dsse',
  ]);
  box.write(
    'cwd/c',
    'transfer: {part_size: 256M, memory: 2G}\ns3: {kms_key_id: k, server_side_encryption: aws:kms}',
  );
  assert.equal(box.load({ configFile: 'c' }).settings.transfer.part_size, 256 * 1024 ** 2);
});
