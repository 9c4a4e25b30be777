import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  filled,
  PLACEHOLDERS,
  type Placeholder,
  unknownPlaceholders,
} from '../../../../src/cli/notify/placeholders.ts';

const values = Object.fromEntries(PLACEHOLDERS.map((name) => [name, `<${name}>`])) as Record<
  Placeholder,
  string
>;

test('placeholders are replaced in every text of a template, and nothing else is changed', () => {
  const template = {
    a: '{{title}} and {{ exit_code }}',
    b: [1, true, null, ['{{host}}', '{host}']],
    '{{log}}': {},
  };
  assert.deepEqual(filled(template, values), {
    a: '<title> and <exit_code>',
    b: [1, true, null, ['<host>', '{host}']],
    '{{log}}': {},
  });
});

test('a value is never read as a template, and stays one text of the JSON', () => {
  const odd = { ...values, title: '", "admin": true, "x": "{{text}}$&$1' };
  assert.deepEqual(JSON.parse(JSON.stringify(filled({ text: '{{title}}' }, odd))), { text: odd.title });
});

test('what is no placeholder is found, wherever it is', () => {
  assert.deepEqual(unknownPlaceholders(['{{title}}', { a: '{{ titel }} {{}}' }]), ['titel', '']);
});
