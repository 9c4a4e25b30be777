import * as v from 'valibot';

/** What is written into the object of a lease. It is for people, and tells two writes apart. */
export interface LeaseRecord {
  /** Version of this form. */
  readonly s3_backup_lease: 1;
  /** Random text that no other write has: by it a run recognises its own write. */
  readonly token: string;
  /** Whether the holder has given the lease back, so that the next run need not wait until it lapses. */
  readonly released: boolean;
  readonly host: string;
  readonly pid: number;
  /** When the holder took the lease, in ISO 8601, by its own clock. */
  readonly since: string;
}

/** The run that holds a lease. */
export type LeaseHolder = Pick<LeaseRecord, 'host' | 'pid' | 'since'>;

const FORM = v.object({
  s3_backup_lease: v.literal(1),
  token: v.string(),
  released: v.boolean(),
  host: v.string(),
  pid: v.number(),
  since: v.string(),
});

/** Reads a record; undefined if it has another form. */
export function parseLease(bytes: Buffer): LeaseRecord | undefined {
  try {
    const result = v.safeParse(FORM, JSON.parse(String(bytes)));
    return result.success ? result.output : undefined;
  } catch {
    return undefined;
  }
}
