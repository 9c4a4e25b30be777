import { OWN_FOLDER } from '../core/reserved-names.ts';

/** Folder of the manifests, below the prefix. */
export const RUNS_FOLDER = `${OWN_FOLDER}runs/`;
/** Name of the folder in it that has a folder of segments for each run: a lifecycle rule can name it. */
export const SEGMENTS_NAME = 'segments';
/** End of the name of a manifest, and of a segment. */
export const RECORD_ENDING = '.ndjson.gz';

/** Makes the id of a run. @param start ISO 8601, UTC. @param digits Eight hexadecimal digits. */
export function runId(start: string, digits: string): string {
  return `${start.replace(/[-:]|\.\d+/g, '')}-${digits}`;
}

/** Key of a run's manifest. @param prefix Prefix of the backup, as `normalPrefix` returns it. @param run Id of the run. */
export function manifestKey(prefix: string, run: string): string {
  return prefix + RUNS_FOLDER + run + RECORD_ENDING;
}

/** What the keys of a run's segments begin with. @param prefix Prefix of the backup, as `normalPrefix` returns it. */
export function segmentsFolder(prefix: string, run: string): string {
  return `${prefix + RUNS_FOLDER + SEGMENTS_NAME}/${run}/`;
}
