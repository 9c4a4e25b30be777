import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sandbox } from './sandbox.ts';

const UNKNOWN: [string, string][] = [
  ['backup: {concurency: 3}', 'backup.concurency: unknown key; did you mean transfer.concurrency?'],
  ['s3: {bucket: x}', 's3.bucket: unknown key; did you mean s3.bucket_name?'],
  ['s3: {bucketName: x}', 's3.bucketName: unknown key; did you mean s3.bucket_name?'],
  ['s3: {storage-class: x}', 's3.storage-class: unknown key; did you mean s3.storage_class?'],
  ['s3: {region: x}', 's3.region: unknown key; did you mean aws.region?'],
  ['s3: {secret_access_key: x}', 's3.secret_access_key: unknown key; did you mean aws.secret_access_key?'],
  ['aws: {acces_key_id: x}', 'aws.acces_key_id: unknown key; did you mean aws.access_key_id?'],
  ['backup: {delete: true}', 'backup.delete: unknown key; did you mean backup.delete_after_upload?'],
  ['AWS: {region: x}', 'AWS: unknown section; did you mean aws?'],
  ['transfers: {}', 'transfers: unknown section; did you mean transfer?'],
  ['bucket_name: x', 'bucket_name: unknown section; did you mean s3.bucket_name?'],
  ['aws: {qqqqqqqqqq: 1}', 'aws.qqqqqqqqqq: unknown key; s3-backup init writes a sample with all of them'],
];

for (const [text, expected] of UNKNOWN) {
  test(`an unknown name is an error with a suggestion: ${text}`, (t) => {
    const box = sandbox(t);
    box.write('cwd/config.yaml', text);
    const { code, problems } = box.refused({ configFile: 'config.yaml' });
    assert.equal(code, 'CONFIG_INVALID');
    assert.deepEqual(problems, [`config.yaml: ${expected}`]);
  });
}

test('a section that is not a mapping is an error', (t) => {
  const box = sandbox(t);
  for (const [text, where] of [
    ['aws: text', 'aws: '],
    ['aws: [region]', 'aws: '],
    ['- aws', ''],
    ['aws', ''],
  ]) {
    box.write('cwd/c', text ?? '');
    assert.deepEqual(box.refused({ configFile: 'c' }).problems, [
      `c: ${where}must be a mapping of names to values`,
    ]);
  }
});

test('all problems of all sources are reported together', (t) => {
  const box = sandbox(t);
  const home = box.write('home/.backuprc', 'nonsense: {}\naws: {regio: x, region: 5}');
  box.write('cwd/c', 'transfer: {concurrency: 0}');
  box.write('cwd/.env', 'backup_aws__regio=x');
  const { problems } = box.refused({
    configFile: 'c',
    env: { AWS_ENDPOINT_URL: 'ftp://x', AWS_ACCESS_KEY_ID: 'A' },
    flags: { 'backup.min_age': { value: 'soon', flag: '--min-age' } },
  });
  assert.deepEqual(
    problems.map((line) => line.split(': ').slice(0, 2).join(': ')),
    [
      `${home}: nonsense`,
      `${home}: aws.regio`,
      '.env backup_aws__regio: aws.regio',
      `${home}: aws.region`,
      'c: transfer.concurrency',
      'environment AWS_ENDPOINT_URL: aws.endpoint_url',
      '--min-age: backup.min_age',
      'environment AWS_ACCESS_KEY_ID: aws.access_key_id',
    ],
  );
});
