import assert from 'node:assert/strict';
import { test } from 'node:test';
import { outcomeOf, type RunNews, textOf, titleOf } from '../../../../src/cli/notify/run-news.ts';
import type { ReportSummary } from '../../../../src/report/report.ts';
import { summary as emptySummary } from '../../report/entries.ts';

const summary = emptySummary();
const limit = { code: 'MAX_TRANSFER', message: 'over' };
const lost = { code: 'ENDPOINT_LOST', message: 'gone' };
const failed = { ...summary.counts, failed: 3 };

function news(more: Partial<ReportSummary>, rest: Partial<RunNews> = {}): RunNews {
  const known = { command: 'run', host: 'nas', runId: 'id', summaryText: 'Done\n', failed: [], secrets: [] };
  const given = { bucket: 'b', prefix: 'p/', counts: { ...summary.counts, failed: 0 }, error: null, ...more };
  return { ...known, report: undefined, log: undefined, ...rest, summary: { ...summary, ...given } };
}

test('each end of a run has one outcome, and a title that says it', () => {
  for (const [end, outcome, title] of [
    [{ exit_code: 0 }, 'success', 'success'],
    [{ exit_code: 2, counts: failed }, 'partial', '3 files failed'],
    [{ exit_code: 2, warnings: ['x'] }, 'partial', 'a hook failed'],
    [{ exit_code: 2 }, 'partial', 'incomplete'],
    [{ exit_code: 2, error: limit, counts: failed }, 'limit', 'ended at its limit (MAX_TRANSFER)'],
    [{ exit_code: 1, error: lost }, 'failure', 'failed (ENDPOINT_LOST)'],
    [{ exit_code: 75, error: lost, counts: failed }, 'failure', 'failed (ENDPOINT_LOST)'],
    [
      { exit_code: 75, error: { ...limit, code: 'MAX_DURATION' } },
      'limit',
      'ended at its limit (MAX_DURATION)',
    ],
    [{ exit_code: 130, counts: failed }, 'stopped', 'stopped by a signal'],
    [{ exit_code: 143 }, 'stopped', 'stopped by a signal'],
  ] as const) {
    assert.equal(outcomeOf(news(end).summary), outcome);
    assert.equal(titleOf(news(end)), `s3-backup on nas: ${title} (s3://b/p/)`);
  }
});

test('the text has at most 1,900 characters, one line a file, and no secret', () => {
  const SECRET = 'hUnTeR2hUnTeR2';
  const files = Array.from({ length: 5 }, (_, n) => ({
    path: `${n}\n${'ü'.repeat(90)}`,
    code: 'UPLOAD_FAILED' as const,
    reason: `${'x'.repeat(90)} ${SECRET}`,
  }));
  const few = textOf(
    news({ exit_code: 2, counts: { ...failed, failed: 7 } }, { failed: files, secrets: [SECRET] }),
  );
  assert.equal(few.split('\n').length, 8);
  assert.match(few, /\n\.\.\. and 2 more\n$/);
  assert.ok(few.length <= 1_903 && !few.includes(SECRET.slice(0, 6)), few);
  const long = news(
    { exit_code: 1, error: { ...lost, message: SECRET } },
    { summaryText: 'x'.repeat(9_000) },
  );
  const text = textOf({ ...long, secrets: [SECRET] });
  assert.ok(text.length <= 1_903 && !text.includes(SECRET), String(text.length));
});

test('a title is one line, whatever the prefix is', () => {
  const title = titleOf(news({ exit_code: 0, prefix: `a\nBcc: x\u202e${'y'.repeat(500)}` }));
  assert.doesNotMatch(title, /[\n\u202e]/);
  assert.ok(title.length <= 153);
});
