import assert from 'node:assert/strict';
import type { Report } from '../../src/index.ts';
import { listsOf } from '../../src/report/report.ts';
import { strictValidator } from './report-schema.ts';

const isReport = strictValidator('report.schema.json');

/** Every path once, counts and bytes that add up, lists that agree with the files, and the published schema. */
export function assertBalanced(report: Report): void {
  assert.ok(isReport(JSON.parse(JSON.stringify(report))), JSON.stringify(isReport.errors));
  const { files, counts, bytes } = report;
  assert.equal(new Set(files.map(({ path }) => path)).size, files.length, 'a path is there twice');
  assert.equal(report.total_files, files.length);
  for (const fate of ['deleted', 'kept', 'unchanged', 'skipped', 'failed'] as const) {
    const those = files.filter((file) => file.fate === fate);
    assert.equal(counts[fate], those.length);
    assert.equal(
      bytes[fate],
      those.reduce((sum, { size }) => sum + (size ?? 0), 0),
    );
  }
  const { files: _, ...lists } = listsOf(files);
  const { upload_errors, deletion_errors, uploaded_files } = report;
  assert.deepEqual({ upload_errors, deletion_errors, uploaded_files }, lists);
  for (const { fate, proof, code } of files) {
    const isUnread = fate === 'unchanged' && code === 'SIZE_AND_TIME';
    assert.equal(proof === null && (fate === 'deleted' || fate === 'unchanged'), isUnread);
    assert.equal(code === null, !isUnread && (fate === 'deleted' || fate === 'kept' || fate === 'unchanged'));
  }
}
