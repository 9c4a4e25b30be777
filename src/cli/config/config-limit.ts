import type { FileLimit } from '../../files/regular-file.ts';

/** A configuration is a page of text. */
export const CONFIG_LIMIT: FileLimit = { mebibytes: 1, kind: 'configuration' };
