import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Logger } from '../../../src/core/logger.ts';
import { logEntry } from '../../../src/report/log-entry.ts';
import type { FileEntry } from '../../../src/report/report.ts';

const ENTRY: FileEntry = {
  path: 'a',
  key: null,
  size: null,
  mtime: null,
  mode: null,
  md5: null,
  etag: null,
  version_id: null,
  proof: null,
  fate: 'skipped',
  code: null,
  reason: null,
  attempts: 0,
  resumed_bytes: 0,
  seconds: null,
};

function levelOf(entry: Partial<FileEntry>): string {
  const said: string[] = [];
  const at = (level: string) => () => {
    said.push(level);
  };
  const logger: Logger = { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
  logEntry(logger, { ...ENTRY, ...entry });
  assert.equal(said.length, 1, 'one line a file');
  return said[0] ?? '';
}

test('a file that failed is an error', () => {
  assert.equal(levelOf({ fate: 'failed', code: 'UPLOAD_FAILED' }), 'error');
});

test('files that were skipped on purpose are logged with --verbose only', () => {
  assert.equal(levelOf({ code: 'EXCLUDED' }), 'debug');
  assert.equal(levelOf({ code: 'SYMBOLIC_LINK' }), 'debug');
  assert.equal(levelOf({ fate: 'unchanged', code: 'SIZE_AND_TIME' }), 'debug');
});

test('finished files are logged as info, and so are files that a stop left undone', () => {
  assert.equal(levelOf({ fate: 'deleted', proof: 'etag-md5' }), 'info');
  assert.equal(levelOf({ fate: 'kept', proof: 'checksum' }), 'info');
  assert.equal(levelOf({ fate: 'failed', code: 'INTERRUPTED' }), 'info');
  assert.equal(levelOf({ code: 'OWN_FILE' }), 'info');
});
