import { Option } from './option.ts';

/** Flags that are no settings and that several commands have in the same words. Each call declares one. */
export const sharedFlags = {
  dryRun: () => Option.Boolean('--dry-run,-d,-n', false, { description: 'only say what would be done' }),
  json: () => Option.Boolean('--json', false, { description: 'a JSON object a line' }),
  verbose: () => Option.Boolean('--verbose,-v', false, { description: 'say everything on stderr' }),
  quiet: () => Option.Boolean('--quiet,-q', false, { description: 'say nothing but errors' }),
};
