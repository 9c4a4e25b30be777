import type { Fate } from '../../core/outcomes.ts';
import type { ReportSummary } from '../../report/report.ts';
import { withoutSecrets } from '../session/without-secrets.ts';

/** What a hook is told of its run, in variables named `S3_BACKUP_...`. docs/notify.md explains them. */
export interface HookFacts {
  readonly hook: string;
  readonly runId: string;
  readonly source: string;
  readonly bucket: string;
  readonly prefix: string;
  /** Paths of the report, of its page and of the log; undefined for what is not written to a file. */
  readonly report: string | undefined;
  readonly page: string | undefined;
  readonly log: string | undefined;
  /** Undefined before the run has ended. */
  readonly summary: ReportSummary | undefined;
}

const FATES: readonly Fate[] = ['deleted', 'kept', 'unchanged', 'skipped', 'failed'];

/**
 * Makes the environment of a hook: that of the program, without secrets, and what is known of the run.
 *
 * @param passesSecrets Whether the access key and other secrets stay in it.
 */
export function hookEnvironment(
  env: NodeJS.ProcessEnv,
  facts: HookFacts,
  passesSecrets: boolean,
): NodeJS.ProcessEnv {
  return { ...(passesSecrets ? env : withoutSecrets(env)), ...variablesOf(facts) };
}

function variablesOf({ summary, ...facts }: HookFacts): Record<string, string> {
  const ended = summary && {
    EXIT_CODE: summary.exit_code,
    ERROR: summary.error?.code ?? '',
    START_TIME: summary.start_time,
    DURATION: summary.duration_seconds,
    FILES: summary.total_files,
    ...Object.fromEntries(
      FATES.flatMap((fate) => [
        [fate.toUpperCase(), summary.counts[fate]],
        [`${fate.toUpperCase()}_BYTES`, summary.bytes[fate]],
      ]),
    ),
    MANIFEST: summary.manifest ?? '',
  };
  const known = {
    HOOK: facts.hook,
    RUN_ID: facts.runId,
    SOURCE: facts.source,
    BUCKET: facts.bucket,
    PREFIX: facts.prefix,
    REPORT: facts.report ?? '',
    PAGE: facts.page ?? '',
    LOG: facts.log ?? '',
    ...ended,
  };
  return Object.fromEntries(
    Object.entries(known).map(([name, value]) => [`S3_BACKUP_${name}`, String(value)]),
  );
}
