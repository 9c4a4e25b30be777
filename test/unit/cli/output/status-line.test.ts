import assert from 'node:assert/strict';
import { test } from 'node:test';
import { StatusLine } from '../../../../src/cli/output/status-line.ts';
import { screenAfter } from '../../../support/terminal.ts';

const [HIDDEN, SHOWN] = ['\u001b[?25l', '\u001b[?25h'];

function useLine() {
  let written = '';
  const line = new StatusLine((text) => {
    written += text;
  });
  const print = (text: string) => {
    line.clear();
    written += text;
  };
  return { line, print, written: () => written };
}

test('each text takes the place of the last one, and what is printed comes above it', () => {
  const { line, print, written } = useLine();
  line.draw('a long text');
  line.draw('short');
  print('printed\n');
  line.draw('last');
  assert.deepEqual(screenAfter(written()), ['printed', 'last']);
  line.end();
  assert.deepEqual(screenAfter(written()), ['printed', '']);
});

test('the cursor is hidden from the first text to the end', () => {
  const { line, print, written } = useLine();
  line.end();
  assert.equal(written(), '');
  line.draw('a');
  print('b\n');
  line.draw('c');
  assert.equal(written().split(HIDDEN).length, 2);
  assert.ok(!written().includes(SHOWN));
  line.end();
  line.end();
  assert.equal(written().split(SHOWN).length, 2);
});

test('a text that has not changed is not drawn again', () => {
  const { line, written } = useLine();
  line.draw('a');
  const before = written();
  line.draw('a');
  assert.equal(written(), before);
});

test('the cursor waits at the beginning of the line, so that all of a line that was broken into rows is erased', () => {
  const { line, written } = useLine();
  line.draw('0123456789');
  assert.ok(written().endsWith('\r'));
  // A terminal of five columns now shows two rows, with the cursor at the beginning of the first.
  const before = written().length;
  line.draw('abcd');
  const drawn = written().slice(before);
  assert.ok(drawn.startsWith('\r') && drawn.includes('abcd\u001b[J'), JSON.stringify(drawn));
});
