import { OWN_FOLDER } from '../core/reserved-names.ts';
import { type ShardId, shardFolder } from '../core/shard.ts';

/** Folder of the records of runs, below the prefix. */
export const RUNS_FOLDER = `${OWN_FOLDER}runs/`;
/** Name of the folder in it that has a folder of segments for each run: a lifecycle rule can name it. */
export const SEGMENTS_NAME = 'segments';
/** End of the name of a manifest, and of a segment. */
export const RECORD_ENDING = '.ndjson.gz';

const RUN = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z-[0-9a-f]{8}$/;

/** Makes the id of a run, or of a plan. @param start ISO 8601, UTC. @param digits Eight hexadecimal digits. */
export function runId(start: string, digits: string): string {
  return `${start.replace(/[-:]|\.\d+/g, '')}-${digits}`;
}

/** Start of a run, or the time of a plan, by its id: ISO 8601, UTC. Undefined if it is no id. */
export function startOfRun(id: string): string | undefined {
  const [whole, year, month, day, hour, minute, second] = RUN.exec(id) ?? [];
  return whole && `${year}-${month}-${day}T${hour}:${minute}:${second}Z`;
}

/**
 * Folder of the records of a run, below the prefix. The runs of each shard have a folder of their own, since none of them is a run
 * of the whole backup: `latest` must not mean one.
 *
 * @param shard Undefined for a run that works on no shard.
 */
export function recordsFolder(shard: ShardId | undefined): string {
  return shard === undefined ? RUNS_FOLDER : `${shardFolder('', shard)}runs/`;
}

/**
 * Key of a run's manifest.
 *
 * @param prefix Prefix of the backup, as `normalPrefix` returns it.
 * @param run Id of the run.
 * @param folder Folder of the records, as `recordsFolder` returns it. Default: that of runs on no shard.
 */
export function manifestKey(prefix: string, run: string, folder = RUNS_FOLDER): string {
  return prefix + folder + run + RECORD_ENDING;
}

/**
 * What the keys of a run's segments begin with.
 *
 * @param prefix Prefix of the backup, as `normalPrefix` returns it.
 * @param run Id of the run.
 * @param folder Folder of the records, as `recordsFolder` returns it. Default: that of runs on no shard.
 */
export function segmentsFolder(prefix: string, run: string, folder = RUNS_FOLDER): string {
  return `${prefix + folder + SEGMENTS_NAME}/${run}/`;
}
