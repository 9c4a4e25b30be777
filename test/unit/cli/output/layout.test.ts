import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import { describe, it } from 'node:test';
import { wrapLines } from '../../../../src/cli/output/layout.ts';

const terminal = (columns: number) => Object.assign(new PassThrough(), { isTTY: true, columns });

describe('lines for a terminal', () => {
  const error =
    's3-backup: The source folder does not exist: /srv/x [SOURCE_NOT_FOUND]\n  Check the option.\n';

  it('are broken between words, and continue indented', () => {
    assert.equal(
      wrapLines(error, terminal(40)),
      's3-backup: The source folder does not\n  exist: /srv/x [SOURCE_NOT_FOUND]\n  Check the option.\n',
    );
  });

  it('continue below their own beginning', () => {
    assert.equal(
      wrapLines('    12  failed and not deleted', terminal(24)),
      '    12  failed and not\n    deleted',
    );
  });

  it('keep a word whole that is longer than the terminal is wide', () => {
    assert.equal(
      wrapLines('at /a/very/long/path/to here', terminal(12)),
      'at\n  /a/very/long/path/to\n  here',
    );
  });

  it('are as long with colours as without them', () => {
    const coloured = '\u001b[31mone\u001b[39m \u001b[31mtwo\u001b[39m three';
    assert.equal(wrapLines(coloured, terminal(10)), coloured.replace(' three', '\n  three'));
  });

  it('stay whole elsewhere, for grep', () => {
    assert.equal(wrapLines(error, new PassThrough()), error);
  });
});
