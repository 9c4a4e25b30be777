/** What a move would delete, for the question whether it is to begin. */
export interface MovePlan {
  /** Number of files that would be deleted here once they are proved. Files that stay are not counted. */
  readonly files: number;
  /** Their size in bytes. */
  readonly bytes: number;
  /** The source folder with every link resolved; of several `photos/ = /srv/photos, docs/ = /srv/docs`. */
  readonly source: string;
  readonly bucket: string;
  readonly prefix: string;
  /** Aborted when the run is stopped: the answer is of no use then. */
  readonly signal: AbortSignal;
}
