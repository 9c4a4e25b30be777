import { Option } from './option.ts';

/** Flags that are not settings and that several commands share. Each call declares one. */
export const sharedFlags = {
  dryRun: () => Option.Boolean('--dry-run,-d,-n', false, { description: 'only print what would be done' }),
  json: () => Option.Boolean('--json', false, { description: 'print one JSON object per line' }),
  verbose: () => Option.Boolean('--verbose,-v', false, { description: 'print everything on stderr' }),
  quiet: () => Option.Boolean('--quiet,-q', false, { description: 'print errors only' }),
};
