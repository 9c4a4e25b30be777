import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sandbox } from './sandbox.ts';

const names = (count: number) =>
  Array.from({ length: count }, (_, index) => `concurrency_of_uploads${index}`);
const MANY: Readonly<Record<string, string>> = {
  YAML: `backup:\n${names(30_000)
    .map((name) => `  ${name}: 1\n`)
    .join('')}`,
  JSON: `{"backup": {${names(30_000)
    .map((name) => `"${name}": 1`)
    .join()}}}`,
  'sections of JSON': `{${names(30_000)
    .map((name) => `"${name}": {}`)
    .join()}}`,
  INI: `[backup]\n${names(30_000)
    .map((name) => `${name}=1\n`)
    .join('')}`,
};

for (const [what, text] of Object.entries(MANY)) {
  test(`the first of many unknown names are listed and the others counted: ${what}`, (t) => {
    const box = sandbox(t);
    box.write('cwd/c', text);
    const { problems } = box.refused({ configFile: 'c' });
    assert.equal(problems.length, 21);
    assert.match(problems[0] ?? '', /^c: .*concurrency_of_uploads0: unknown (key|section)/);
    assert.equal(problems[20], 'c: ... and 29980 more like these');
  });
}

test('the first of many unknown variables are listed and the others counted', (t) => {
  const box = sandbox(t);
  const variables = names(20_000).map((name) => `backup_backup__${name}`);
  box.write('cwd/.env', variables.map((name) => `${name}=1\n`).join(''));
  const { problems } = box.refused({ env: Object.fromEntries(variables.map((name) => [name, '1'])) });
  assert.equal(problems.length, 42);
  assert.equal(problems[20], '.env: ... and 19980 more like these');
  assert.equal(problems[41], 'environment: ... and 19980 more like these');
});

test('only the beginning of a long name is shown', (t) => {
  const { problems } = sandbox(t).refused({ env: { [`backup_${'_'.repeat(100_000)}`]: '1' } });
  assert.equal(problems.length, 1);
  assert.ok((problems[0] ?? '').length < 250, problems[0]?.slice(0, 300));
});
