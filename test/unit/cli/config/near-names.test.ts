import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { sandbox } from './sandbox.ts';

const NEAR: readonly (readonly [string, string])[] = [
  ['backup_safety_require_proof', 'backup_safety__require_proof'],
  ['BACKUP_SAFETY_REQUIRE_PROOF', 'backup_safety__require_proof'],
  ['backup.safety.require_proof', 'backup_safety__require_proof'],
  ['backup-safety-require-proof', 'backup_safety__require_proof'],
  ['backup_safety_requireproof', 'backup_safety__require_proof'],
  ['backup_safety_require_prof', 'backup_safety__require_proof'],
  ['BACKUP_S3_PREFIX', 'backup_s3__prefix'],
  ['backup_backup_exclude_patterns', 'backup_backup__exclude_patterns'],
  ['backup_backup_exclude_pattern', 'backup_backup__exclude_patterns'],
  ['backup_transfer_max_outage', 'backup_transfer__max_outage'],
  ['s3_bucket_name', 'S3_BUCKET_NAME'],
  ['S3_BUCKETNAME', 'S3_BUCKET_NAME'],
  ['S3_BACKUP_SSE_CUSTOMERKEY', 'S3_BACKUP_SSE_CUSTOMER_KEY'],
];

const OTHERS = [
  'BACKUP_DIR',
  'BACKUP_S3_BUCKET',
  'BACKUP_S3_ENDPOINT',
  'BACKUP_CONFIG',
  'BACKUP_BACKUP_DIR',
  'BACKUP_REPORT_EMAIL',
  'BACKUP_LOGGING_ENABLED',
  'BACKUP_AWS_BUCKET',
  'backup_',
  'S3_BUCKET',
  'AWS_BUCKET_NAME',
  'AWS_REGIONS',
  'aws_region',
  `backup_safety_${'x'.repeat(100_000)}`,
];

describe('a variable whose name is nearly that of a setting', () => {
  for (const [name, meant] of NEAR) {
    it(`is refused with the right name: ${name}`, (t) => {
      const box = sandbox(t);
      const refusal = `${name}: nothing reads this name; did you mean ${meant}?`;
      const { code, problems } = box.refused({ env: { [name]: 'hidden' } });
      assert.deepEqual([code, problems], ['CONFIG_INVALID', [`environment ${refusal}`]]);
      box.write('cwd/.env', `${name}=hidden`);
      assert.deepEqual(box.refused().problems, [`.env ${refusal}`]);
      // As with every variable: an empty one is not set.
      assert.deepEqual(box.load({ env: {}, cwd: box.home }).files, []);
      box.write('cwd/.env', `${name}=`);
      assert.deepEqual(box.load({ env: { [name]: '' } }).files, []);
    });
  }

  it('is distinguished from the variables of other programs', (t) => {
    const box = sandbox(t);
    assert.deepEqual(box.load({ env: Object.fromEntries(OTHERS.map((name) => [name, 'x'])) }).files, []);
  });

  it('may be a name of ~/.aws/credentials in a .env', (t) => {
    const box = sandbox(t);
    box.write('cwd/.env', 'aws_access_key_id=A\naws_secret_access_key=hidden\n');
    assert.deepEqual(box.refused().problems, [
      '.env aws_access_key_id: nothing reads this name; did you mean AWS_ACCESS_KEY_ID?',
      '.env aws_secret_access_key: nothing reads this name; did you mean AWS_SECRET_ACCESS_KEY?',
    ]);
  });
});

describe('AWS_IGNORE_CONFIGURED_ENDPOINT_URLS', () => {
  const endpoints = { AWS_ENDPOINT_URL: 'http://a', AWS_ENDPOINT_URL_S3: 'http://b' };
  const ignore = { AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: 'true' };

  it('applies to AWS_ENDPOINT_URL and AWS_ENDPOINT_URL_S3, in the environment and in .env', (t) => {
    const box = sandbox(t);
    const endpoint = (env: NodeJS.ProcessEnv) => box.load({ env }).settings.aws.endpoint_url;
    assert.equal(endpoint(endpoints), 'http://b');
    assert.equal(endpoint({ ...endpoints, ...ignore }), undefined);
    assert.equal(endpoint({ ...endpoints, AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: 'false' }), 'http://b');
    assert.equal(endpoint({ ...endpoints, AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: '' }), 'http://b');
    box.write('cwd/.env', 'AWS_ENDPOINT_URL=http://c');
    assert.equal(endpoint({}), 'http://c');
    assert.equal(endpoint(ignore), undefined);
    box.write('cwd/.env', 'AWS_ENDPOINT_URL=http://c\nAWS_IGNORE_CONFIGURED_ENDPOINT_URLS=true');
    assert.equal(endpoint({}), undefined);
    assert.equal(endpoint({ AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: 'false' }), 'http://c');
    assert.equal(endpoint({ AWS_ENDPOINT_URL: 'http://a' }), 'http://a');
  });

  it('does not apply to endpoints that only this program reads', (t) => {
    const box = sandbox(t);
    box.write('cwd/c', 'aws: {endpoint_url: http://c}');
    const endpoint = (input: Parameters<typeof box.load>[0]) =>
      box.load({ ...input, env: { ...endpoints, ...ignore, ...input?.env } }).settings.aws.endpoint_url;
    assert.equal(endpoint({ configFile: 'c' }), 'http://c');
    assert.equal(endpoint({ env: { backup_aws__endpoint_url: 'http://d' } }), 'http://d');
    const flags = { 'aws.endpoint_url': { value: 'http://e', flag: '--endpoint-url' } };
    assert.equal(endpoint({ flags }), 'http://e');
  });

  it('accepts only true and false, as the SDK does', (t) => {
    const box = sandbox(t);
    const { problems } = box.refused({ env: { AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: '1' } });
    assert.deepEqual(problems, ['environment AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: use true or false']);
  });
});
