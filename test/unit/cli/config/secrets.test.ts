import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ConfigError, describeSettings, type loadConfig } from '../../../../src/cli/config/index.ts';
import { sandbox } from './sandbox.ts';

const SECRET = 'hUnTeR2hUnTeR2';
/** Whatever breaks a parser, around the secret. */
const noise = fc.string({ unit: fc.constantFrom(...'"\'{}[]:,#;=&*!|>%@`\\ \n\t-?aé\0'), maxLength: 6 });
const secretKey = fc.constantFrom('access_key_id', 'secret_access_key', 'session_token');
const separator = fc.constantFrom(
  ': ',
  ':',
  ' = ',
  '=',
  '": "',
  ' ',
  '\n    ',
  ': [',
  ': {',
  ': !',
  ': *',
  ': &',
  ': |\n',
);

test('no secret of a file is in any message, however broken the file', (t) => {
  const box = sandbox(t);
  const file = fc.tuple(
    fc.constantFrom('aws:\n  ', '[aws]\n', '{"aws": {"', '', 'aws: {', 's3: {'),
    secretKey,
    separator,
    noise,
    noise,
    noise,
  );
  fc.assert(
    fc.property(file, ([start, key, between, before, after, end]) => {
      box.write('cwd/c', `${start}${key}${between}${before}${SECRET}${after}\n${end}`);
      assert.ok(!textOf(() => box.load({ configFile: 'c' })).includes(SECRET));
    }),
    { numRuns: 600 },
  );
});

test('no secret of the environment, of .env or of a flag is in any message', (t) => {
  const box = sandbox(t);
  fc.assert(
    fc.property(
      secretKey,
      noise,
      noise,
      fc.constantFrom('env', 'named', 'dotenv', 'flag'),
      (key, before, after, from) => {
        const value = before + SECRET + after;
        box.write('cwd/.env', from === 'dotenv' ? `AWS_${key.toUpperCase()}=${value}` : '');
        const env = {
          ...(from === 'env' && { [`backup_aws__${key}`]: value }),
          ...(from === 'named' && { [`AWS_${key.toUpperCase()}`]: value }),
        };
        const flags = from === 'flag' ? { [`aws.${key}`]: { value: [value], flag: '--key' } } : {};
        assert.ok(!textOf(() => box.load({ env, flags })).includes(SECRET));
      },
    ),
    { numRuns: 200 },
  );
});

test('a valid secret is not shown by status', (t) => {
  const box = sandbox(t);
  const keys = { access_key_id: `AKIA${SECRET}`, secret_access_key: SECRET, session_token: SECRET };
  box.write('cwd/c', JSON.stringify({ aws: { ...keys, region: 'r' } }));
  const lines = describeSettings(box.load({ configFile: 'c' }));
  assert.ok(!JSON.stringify(lines).includes(SECRET));
  const values = Object.fromEntries(lines.map(({ key, value }) => [key, value]));
  assert.equal(values['aws.access_key_id'], 'AKIA****');
  assert.equal(values['aws.secret_access_key'], '****');
  assert.equal(values['aws.session_token'], '****');
});

function textOf(load: () => ReturnType<typeof loadConfig>): string {
  try {
    const { warnings, files } = load();
    return JSON.stringify([warnings, files]);
  } catch (error) {
    assert.ok(error instanceof ConfigError, String(error));
    return error.message + error.stack;
  }
}
