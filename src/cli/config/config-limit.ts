import type { FileLimit } from '../../files/regular-file.ts';

/** Size limit of a configuration file. */
export const CONFIG_LIMIT: FileLimit = { mebibytes: 1, kind: 'configuration' };
