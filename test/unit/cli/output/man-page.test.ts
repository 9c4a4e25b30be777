import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { cliOf } from '../../../../src/cli/cli-of.ts';
import { COMMANDS } from '../../../../src/cli/main.ts';
import { manPage } from '../../../../src/cli/output/man-page.ts';
import { commandName, optionNames } from '../../../../src/cli/output/suggest-usage.ts';

const PAGE = manPage('2026-11-30');

/** Programs that check or format a man page, with the arguments that make them complain. */
const CHECKS = {
  mandoc: ['-Tlint', '-Wwarning'],
  groff: ['-man', '-ww', '-Tutf8', '-z', '-'],
  man: ['--warnings', '-E', 'UTF-8', '-l', '-Tutf8', '-Z', '-'],
} as const;

test('the man page has every command, and every option of each', () => {
  const sections = PAGE.split(/^\.SH /m);
  for (const definition of cliOf(COMMANDS).definitions()) {
    const name = commandName(definition) || 'run';
    const section = sections.find((each) => each.startsWith(`"S3\\-BACKUP ${name.toUpperCase()}"`)) ?? '';
    assert.ok(section.includes(`.B s3\\-backup ${name}`), name);
    const options = definition.options.flatMap((option) => optionNames(option).names);
    for (const option of [...options, '-h', '--help', '--version'])
      assert.ok(section.includes(`\\fB${option.replaceAll('-', '\\-')}\\fR`), `${name} ${option}`);
  }
});

for (const [program, args] of Object.entries(CHECKS)) {
  const skip = spawnSync('which', [program]).status !== 0 && `${program} is not installed`;
  test(`${program} finds no fault in the man page`, { skip }, () => {
    const { status, stdout, stderr } = spawnSync(program, [...args], { input: PAGE, encoding: 'utf8' });
    assert.deepEqual([status, stderr, program === 'mandoc' ? stdout : ''], [0, '', '']);
  });
}
