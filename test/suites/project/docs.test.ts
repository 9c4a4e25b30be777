import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { CONFIG_ERROR_CODES } from '../../../src/cli/config/config-error.ts';
import { FATAL_CODES, TEMPORARY_CODES } from '../../../src/core/errors.ts';
import { EXIT_CODES } from '../../../src/core/exit-codes.ts';
import { ITEM_CODES, VERIFY_CODES } from '../../../src/core/outcomes.ts';
import { RESTORE_CODES } from '../../../src/restore/outcomes.ts';
import { runCli, useWorkplace } from '../../support/cli-context.ts';
import { type ReportSchema, schemaOf } from '../../support/report-schema.ts';

const read = (path: string) => readFileSync(path, 'utf8');

test('docs/errors.md explains every code and no other', () => {
  const explained = [
    ...read('docs/errors.md').matchAll(
      /`([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+|UNREADABLE|EXCLUDED|ARCHIVED|DUPLICATE|INTERRUPTED|INTERNAL|LOCKED)`/g,
    ),
  ];
  const names = new Set(
    explained.map(([, name]) => name).filter((name) => !name?.match(/^(NODE|AWS)_|_PROXY$/)),
  );
  const ofRuns = [...ITEM_CODES, ...VERIFY_CODES, ...RESTORE_CODES, ...FATAL_CODES];
  const codes = new Set<string>([...ofRuns, ...CONFIG_ERROR_CODES]);
  assert.deepEqual([...names].sort(), [...codes].sort());
});

test('docs/errors.md names the codes that are worth another try', () => {
  const [, text = ''] = /the exit code is 75 for ([^;]*);/.exec(read('docs/errors.md')) ?? [];
  const names = [...text.matchAll(/`([A-Z_]+)`/g)].map(([, name]) => name);
  assert.deepEqual(names.sort(), [...TEMPORARY_CODES].sort());
});

const SCHEMAS = { 'report.schema.json': ITEM_CODES, 'restore-report.schema.json': RESTORE_CODES };

for (const [file, codes] of Object.entries(SCHEMAS)) {
  test(`docs/${file} knows every code of a file`, () => {
    const schema = JSON.parse(read(`docs/${file}`));
    assert.deepEqual(schema.properties.files.items.properties.code.enum, [...codes, null]);
    assert.deepEqual(schema.properties.exit_code.enum, Object.values(EXIT_CODES));
  });

  test(`docs/${file} has an id and lets later versions add fields`, () => {
    const schema = schemaOf(file as ReportSchema);
    assert.match(String(schema.$id), new RegExp(`^urn:s3-backup-pipeline:${file}$`));
    assert.doesNotMatch(JSON.stringify(schema), /"additionalProperties":false/);
  });

  test(`docs/report.md explains every field of docs/${file}`, () => {
    const { properties } = JSON.parse(read(`docs/${file}`));
    const text = read('docs/report.md');
    for (const field of [...Object.keys(properties), ...Object.keys(properties.files.items.properties)]) {
      assert.ok(text.includes(`\`${field}\``), `${field} is not explained`);
    }
  });
}

const PAGES = [
  'README.md',
  'ARCHITECTURE.md',
  'CONTRIBUTING.md',
  'SECURITY.md',
  ...[
    'pt-BR/README',
    'guide',
    'errors',
    'notify',
    'operations',
    'events',
    'metrics',
    'performance',
    'recipes',
    'report',
    'safety',
    'scale',
    'stores',
    'verify',
  ].map(docPage),
];

for (const page of PAGES) {
  test(`every link in ${page} leads to a file and a heading that exist`, () => {
    const links = [...read(page).matchAll(/\]\((?!https?:)([^)#\s]*)(?:#([^)\s]+))?\)/g)];
    for (const [link, path, anchor] of links) {
      const target = path ? join(dirname(page), path) : page;
      assert.ok(existsSync(target), `${link} leads nowhere`);
      if (anchor !== undefined)
        assert.ok(anchorsOf(read(target)).includes(anchor), `${link}: no such heading`);
    }
  });

  test(`every setting that ${page} names exists`, () => {
    const settings = settingsOf(read('.backuprc.example'));
    const sections = [...settings.keys()].join('|');
    for (const [, section = '', key = ''] of read(page).matchAll(
      new RegExp(`\`(${sections})\\.([a-z0-9_]+)`, 'g'),
    ))
      assert.ok(settings.get(section)?.includes(key) || EXTENSIONS.includes(key), `${section}.${key}`);
  });

  test(`every source, test and bench that ${page} names is there`, () => {
    for (const [, path = ''] of read(page).matchAll(/`((?:src|test|bench)\/[\w./-]+)`/g))
      assert.ok(existsSync(path), path);
  });

  test(`every npm script that ${page} names exists`, () => {
    const { scripts } = JSON.parse(read('package.json'));
    for (const [, script = ''] of read(page).matchAll(/npm\s+run\s+([a-z0-9:-]+)/g))
      assert.ok(Object.hasOwn(scripts, script), script);
  });

  test(`every option in a command that ${page} shows exists`, async (t) => {
    const workplace = useWorkplace(t);
    const lines = [...read(page).matchAll(/```(?:sh|cron)\n(.*?)```/gs)].flatMap(([, text = '']) =>
      text.split('\n'),
    );
    for (const command of lines.flatMap((line) => line.match(/(?<!npx )\bs3-backup [^#|&>]*/g) ?? [])) {
      const [, word = ''] = command.split(' ');
      const { stdout: help } = await runCli(workplace, /^[a-z]/.test(word) ? [word, '--help'] : ['--help']);
      for (const [option] of command.matchAll(/(?<= )--[a-z0-9-]+/g))
        assert.match(help, new RegExp(` ${option}\\b`), `${command}: ${option}`);
    }
  });
}

test('CONTRIBUTING.md names every script that tests or measures', () => {
  const { scripts } = JSON.parse(read('package.json'));
  const named = [...read('CONTRIBUTING.md').matchAll(/`npm (?:run )?([a-z0-9:-]+)/g)].map(([, name]) => name);
  for (const script of Object.keys(scripts).filter((name) => /^(test|bench)/.test(name)))
    assert.ok(named.includes(script), script);
});

/** File names in the documents that look like settings: `report.json`. */
const EXTENSIONS = ['json', 'md', 'schema'];

function docPage(name: string): string {
  return `docs/${name}.md`;
}

/** As GitHub makes them of headings. */
function anchorsOf(text: string): string[] {
  return [...text.replace(/```.*?```/gs, '').matchAll(/^#+ +(.*)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );
}

/** The keys of each section of the sample configuration. */
function settingsOf(sample: string): Map<string, string[]> {
  const settings = new Map<string, string[]>();
  for (const [, section, key] of sample.matchAll(/^(?:([a-z0-9]+):| {2}#?([a-z0-9_]+): .*)$/gm)) {
    if (section !== undefined) settings.set(section, []);
    else if (key !== undefined) [...settings.values()].at(-1)?.push(key);
  }
  return settings;
}
