import assert from 'node:assert/strict';
import { test } from 'node:test';
import { describeSettings } from '../../../../src/cli/config/index.ts';
import { maskedUrl, urlSecrets } from '../../../../src/cli/output/mask-url.ts';
import { secretsOf } from '../../../../src/cli/session/options-from-settings.ts';
import { sandbox } from './sandbox.ts';

const TOKEN = 'T0k3nOfTheHook';

test('webhooks of a file have the same form, whether it is YAML, JSON or INI', (t) => {
  const box = sandbox(t);
  const expected = [{ url: 'https://a.example/x', on: 'change', body: { a: ['{{text}}', 1], b: null } }];
  box.write(
    'cwd/yaml',
    'notify:\n  webhooks:\n    - url: https://a.example/x\n      on: change\n      body: {a: ["{{text}}", 1], b: null}\n',
  );
  box.write('cwd/json', JSON.stringify({ notify: { webhooks: expected } }));
  box.write('cwd/ini', `[notify]\nwebhooks = '${JSON.stringify(expected)}'\n`);
  for (const configFile of ['yaml', 'json', 'ini'])
    assert.deepEqual(box.load({ configFile }).settings.notify.webhooks, expected, configFile);
});

test('a value that is not allowed is refused, and no message shows an address, a header or a command', (t) => {
  const box = sandbox(t);
  const url = `https://hooks.example/${TOKEN}`;
  for (const [key, value, message] of [
    ['notify.ping_url', `ftp://${TOKEN}`, /notify\.ping_url: \*{4} is not allowed; use an http/],
    ['notify.ping_url', `https://a.example/#${TOKEN}`, /without a fragment/],
    ['notify.ping_url', `https://a.example/ ${TOKEN}`, /use an http/],
    [
      'notify.webhooks',
      [`hooks.example/${TOKEN}`],
      /notify\.webhooks: \*{4} is not allowed; use url: an http/,
    ],
    ['notify.webhooks', [{ url, when: 'always' }], /another name is not known/],
    ['notify.webhooks', [{ url, on: 'never' }], /on: failure, always, change/],
    ['notify.webhooks', [{ url, headers: { Host: TOKEN } }], /none that the request itself sets/],
    ['notify.webhooks', [{ url, headers: { 'X-A': `${TOKEN}\r\nX-B: c` } }], /texts in ASCII/],
    ['notify.webhooks', [{ url, body: { text: `{{titel}} ${TOKEN}` } }], /in double braces only title, text/],
    ['notify.webhooks', [TOKEN, [TOKEN]], /use url: an http/],
    ['notify.email', [`${TOKEN}, root`], /an address/],
    ['notify.email', ['-oQ/tmp'], /an address/],
    ['notify.email', ['a@b\nBcc: c'], /addresses/],
    ['hooks.before', `mysqldump -p${TOKEN}`, /hooks\.before: \*{4} is not allowed; use a list of a program/],
    ['hooks.before', ['sleep', 5, TOKEN], /each a text/],
    ['hooks.before', [], /a list of a program/],
    ['hooks.before', `[sh, -c, ${TOKEN}]`, /a list of a program/],
    ['hooks.time_limit', '8d', /a duration from 1s to 7d/],
  ] as const) {
    const [section = '', name = ''] = key.split('.');
    box.write('cwd/c', JSON.stringify({ [section]: { [name]: value } }));
    const { message: text } = box.refused({ configFile: 'c' });
    assert.match(text, message, text);
    if (key !== 'notify.email') assert.ok(!text.includes(TOKEN), text);
    const env = { [`backup_${section}__${name}`]: typeof value === 'string' ? value : JSON.stringify(value) };
    const inEnvironment = box.refused({ env }).message;
    if (key !== 'notify.email') assert.ok(!inEnvironment.includes(TOKEN), inEnvironment);
  }
});

test('status shows where messages go, and neither their secrets nor the arguments of commands', (t) => {
  const box = sandbox(t);
  box.write(
    'cwd/c',
    JSON.stringify({
      notify: {
        ping_url: `https://me:${TOKEN}@hc.example:8443/ping/${TOKEN}?key=${TOKEN}`,
        webhooks: [
          {
            url: `https://hooks.example/${TOKEN}`,
            on: 'always',
            headers: { Authorization: `Bearer ${TOKEN}` },
          },
        ],
      },
      hooks: { before: ['dump', `-p${TOKEN}`], after: ['release'] },
    }),
  );
  const loaded = box.load({ configFile: 'c' });
  const values = Object.fromEntries(describeSettings(loaded).map(({ key, value }) => [key, value]));
  assert.equal(values['notify.ping_url'], 'https://hc.example:8443/****');
  assert.equal(values['notify.webhooks'], 'https://hooks.example/**** (always)');
  assert.deepEqual([values['hooks.before'], values['hooks.after']], ['dump ...', 'release']);
  assert.ok(!JSON.stringify(values).includes(TOKEN));
  assert.ok(secretsOf(loaded.settings).includes(TOKEN));
  assert.deepEqual(loaded.warnings, []);
});

test('the parts of an address that can be secrets are known, and ordinary words are not', () => {
  const secrets = urlSecrets(
    'https://me:p%40ss@hooks.slack.com/services/T0AB/B1CD/abcdefghijklmnopqrst?sig=s%2Fg',
  );
  for (const secret of ['p@ss', 'p%40ss', 'T0AB', 'B1CD', 'abcdefghijklmnopqrst', 's/g'])
    assert.ok(secrets.includes(secret), secret);
  assert.ok(!secrets.includes('services'));
  assert.equal(maskedUrl('no url'), '****');
});

test('a file with an address of notify that others may read is warned of', {
  skip: process.platform === 'win32',
}, (t) => {
  const box = sandbox(t);
  box.write('cwd/c', `notify: {ping_url: "https://hc.example/${TOKEN}"}`, 0o644);
  assert.match(box.load({ configFile: 'c' }).warnings.join(), /^c: holds a secret and can be read by others/);
});

test('a file that others may write to cannot name a command, also with --trust-config', {
  skip: process.platform === 'win32',
}, (t) => {
  for (const content of ['hooks: {before: [id]}', 'notify: {email: [root]}']) {
    const box = sandbox(t);
    box.write('cwd/c', content, 0o666);
    assert.equal(box.refused({ configFile: 'c' }).code, 'CONFIG_UNTRUSTED');
    const { message } = box.refused({ configFile: 'c', trustConfig: true });
    assert.match(message, /^c: not trusted with commands because others may write to it .* set no hook/);
  }
});
