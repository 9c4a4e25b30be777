import type { LoadedConfig, Settings } from '../config/index.ts';
import type { CliContext } from '../context.ts';
import type { AroundJob, AroundRun } from './around-run.ts';

/**
 * Runs `work` with the hooks and messages that the settings want around a run. An error that ends it before its report is told,
 * too. Without hooks and messages `around` is undefined, and nothing is loaded for them.
 *
 * @param isDry Whether it is a dry run, which has none of them.
 */
export async function withAround(
  context: CliContext,
  config: LoadedConfig,
  job: AroundJob & { readonly isDry: boolean },
  work: (around: AroundRun | undefined) => Promise<number>,
): Promise<number> {
  if (job.isDry || !isWanted(config.settings)) return work(undefined);
  const { AroundRun } = await import('./around-run.ts');
  const around = new AroundRun(context, config, job);
  try {
    return await work(around);
  } catch (error) {
    await around.failed(error);
    throw error;
  }
}

function isWanted({ hooks, notify }: Settings): boolean {
  const { before, after, on_success, on_failure } = hooks;
  const { ping_url, webhooks, email } = notify;
  return [before, after, on_success, on_failure, ping_url, webhooks[0], email[0]].some(Boolean);
}
