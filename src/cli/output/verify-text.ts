import prettyBytes from 'pretty-bytes';
import type { ReportSummary } from '../../report/report.ts';
import { VERIFY_RESULTS, type VerifyEntry, type VerifyResult } from '../../verify/result.ts';
import { oneLine, printable } from './printable.ts';
import { endedEarly, files } from './summary.ts';

const MEANINGS: Readonly<Record<VerifyResult, string>> = {
  same: 'match',
  differs: 'differ',
  'missing-there': 'missing there',
  'not-proved': 'not proved',
  failed: 'could not be compared',
  'missing-here': 'missing here',
  'left-out': 'left out',
};

/** Results of files that are not compared: they exist on one side only, or are left out. */
const NOT_COMPARED: ReadonlySet<VerifyResult> = new Set(['missing-here', 'left-out']);

/** Formats the line of one file: `missing there      12.6 MB  path (why)`. */
export function verifyLine({ path, result, size, reason }: VerifyEntry): string {
  const columns = [
    result.replace('-', ' ').padEnd(13),
    (size === null ? '' : prettyBytes(size)).padStart(9),
    printable(path),
  ];
  return `${columns.join('  ')}${reason === null ? '' : ` (${oneLine(reason)})`}\n`;
}

interface Counted {
  files: number;
  bytes: number;
  /** Counts of proofs and codes: how the files were proved, or why not. */
  readonly details: Map<string, number>;
}

/** Counts the results of a verification, for the summary. */
export class VerifyCounts {
  readonly #counts = new Map<VerifyResult, Counted>();

  add({ result, size, proof, code }: VerifyEntry): void {
    const counted = this.#counts.get(result) ?? { files: 0, bytes: 0, details: new Map() };
    const detail = proof ?? code ?? '';
    counted.files += 1;
    counted.bytes += size ?? 0;
    counted.details.set(detail, (counted.details.get(detail) ?? 0) + 1);
    this.#counts.set(result, counted);
  }

  /** Formats the summary for the user; ends in a newline. */
  text(summary: ReportSummary): string {
    const { bucket, prefix, source } = summary;
    const compared = VERIFY_RESULTS.filter((result) => !NOT_COMPARED.has(result));
    const total = compared.reduce((sum, result) => sum + this.#filesOf(result), 0);
    const ended = endedEarly(summary);
    const target = printable(`s3://${bucket}/${prefix}`);
    const headline =
      total === 0
        ? `${ended}Nothing to compare with ${target} in ${printable(source)}`
        : `${ended}${this.#filesOf('same')} of ${files(total)} ${total === 1 ? 'matches' : 'match'} ${target}`;
    return `${[headline, ...VERIFY_RESULTS.flatMap((result) => this.#line(result))].join('\n')}\n`;
  }

  #filesOf(result: VerifyResult): number {
    return this.#counts.get(result)?.files ?? 0;
  }

  #line(result: VerifyResult): string[] {
    const counted = this.#counts.get(result);
    if (counted === undefined) return [];
    const { files, bytes, details } = counted;
    const why = [...details].sort(([, a], [, b]) => b - a).map(([detail, count]) => `${detail} ${count}`);
    const shown = ['same', 'failed', 'left-out'].includes(result) ? ` (${why.join(', ')})` : '';
    return [`  ${String(files).padStart(8)} ${prettyBytes(bytes).padStart(9)}  ${MEANINGS[result]}${shown}`];
  }
}
