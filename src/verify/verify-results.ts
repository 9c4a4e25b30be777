import { BackupError } from '../core/errors.ts';
import type { ReportSummary } from '../report/report.ts';
import type { VerifyEntry, VerifyRequest } from './result.ts';

/** Passes the results of a verification to the caller, and remembers whether anything was compared. */
export class VerifyResults {
  readonly #request: Pick<VerifyRequest, 'pattern' | 'onResult'>;
  #isEmpty = true;

  constructor(request: Pick<VerifyRequest, 'pattern' | 'onResult'>) {
    this.#request = request;
  }

  /** Passes on one result. */
  add(entry: VerifyEntry): void {
    if (entry.result !== 'left-out') this.#isEmpty = false;
    this.#request.onResult(entry);
  }

  /**
   * Fails if a pattern has chosen nothing. A verification with a misspelt pattern would otherwise always succeed.
   *
   * @throws BackupError `NOTHING_TO_VERIFY`
   */
  requireSome({ error, interrupted }: ReportSummary): void {
    const { pattern } = this.#request;
    if (!this.#isEmpty || pattern === undefined || error || interrupted) return;
    const message = `Nothing that matches the pattern ${JSON.stringify(pattern)} could be compared.`;
    throw new BackupError('NOTHING_TO_VERIFY', message, {
      hint: 'Check the pattern, what is excluded, `prefix` and `source`; or the record that is compared.',
    });
  }
}
