import assert from 'node:assert/strict';
import { test } from 'node:test';
import { showsBar, TerminalBar } from '../../../../src/cli/output/terminal-bar.ts';

const KNOWN: readonly NodeJS.ProcessEnv[] = [
  { WT_SESSION: '1' },
  { ConEmuANSI: 'ON' },
  { TERM_PROGRAM: 'WezTerm' },
  { TERM_PROGRAM: 'ghostty' },
  { TERM: 'xterm-ghostty' },
  { TERM_PROGRAM: 'iTerm.app', TERM_PROGRAM_VERSION: '3.6.6' },
  { TERM_PROGRAM: 'iTerm.app', TERM_PROGRAM_VERSION: '3.10.0beta1' },
  { TERM_PROGRAM: 'iTerm.app', TERM_PROGRAM_VERSION: '4.0' },
  { TERM_PROGRAM: 'ghostty', NO_COLOR: '1' },
];

const OTHERS: readonly NodeJS.ProcessEnv[] = [
  {},
  { TERM: 'xterm-256color' },
  { ConEmuANSI: 'OFF' },
  { WT_SESSION: '' },
  { TERM_PROGRAM: 'Apple_Terminal', TERM_PROGRAM_VERSION: '455' },
  { TERM_PROGRAM: 'tmux', TERM_PROGRAM_VERSION: '3.5a' },
  { TERM_PROGRAM: 'iTerm.app', TERM_PROGRAM_VERSION: '3.6.5' },
  { TERM_PROGRAM: 'iTerm.app', TERM_PROGRAM_VERSION: '3.5.14' },
  { TERM_PROGRAM: 'iTerm.app' },
];

for (const env of KNOWN)
  test(`a terminal with ${JSON.stringify(env)} shows a progress bar`, () => assert.ok(showsBar(env)));

for (const env of OTHERS)
  test(`a terminal with ${JSON.stringify(env)} is not known to show a progress bar`, () =>
    assert.ok(!showsBar(env)));

test('the bar shows the share, failures, waiting and that nothing is known, and is removed at the end', () => {
  let written = '';
  const bar = new TerminalBar((text) => {
    written += text.replaceAll('\u001b]9;4;', '<').replaceAll('\u001b\\', '>');
  });
  const state = { share: 0.426, hasFailed: false, isPaused: false };
  bar.clear();
  bar.draw({ ...state, share: undefined });
  bar.draw(state);
  bar.draw(state);
  bar.draw({ ...state, hasFailed: true });
  bar.draw({ ...state, hasFailed: true, isPaused: true });
  bar.clear();
  bar.clear();
  assert.equal(written, '<3;0><1;42><2;42><4;42><0;0>');
});
