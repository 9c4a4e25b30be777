import { Start } from '../../src/core/start.ts';
import { MemoryEntries } from '../../src/report/entries.ts';
import type { FileEntry, ReportSummary } from '../../src/report/report.ts';
import { summarize } from '../../src/report/summarize.ts';
import { Tally } from '../../src/report/tally.ts';
import { reportText } from '../../src/report/write-report.ts';

/** Names that try to become markup, script, another name, or more than one line. */
export const HOSTILE_NAMES = [
  '</script><script>window.broken=1</script>.txt',
  '<img src=x onerror="window.broken=2">.txt',
  '"\'><svg onload=window.broken=3>.txt',
  '<!--<script>.txt',
  '&lt;b&gt;&amp;.txt',
  'invoice\u202efdp.exe',
  'two\nlines\r\u2028three.txt',
  '`{{window.broken=4}}`.js',
  `${'x'.repeat(4_000)}.bin`,
  '日本語/ファイル.txt',
];

/** A report as a run would write it. Counts and bytes are those of the entries. */
export function writtenReport(entries: readonly FileEntry[], more: Partial<ReportSummary> = {}): string {
  const tally = new Tally();
  const kept = new MemoryEntries();
  for (const entry of entries) {
    tally.add(entry);
    kept.add(entry);
  }
  const options = { source: '/source', bucket: 'bucket', prefix: 'prefix/' };
  const summary = summarize({ options, start: new Start(), tally, failure: undefined });
  return [...reportText({ ...summary, ...more }, kept)].join('');
}
