import type { Command } from '../safety/run-process.ts';
import type { DataSet } from './data-set.ts';

export const BUCKET = 'bench';

/** Where a client finds what it needs for one run. */
export interface Place {
  readonly source: string;
  /** The sink's address, http:// or https://. */
  readonly endpoint: string;
  /** The certificate to trust, where the endpoint is https://. */
  readonly certificate: string | undefined;
  /** Default: some that the sink does not look at. */
  readonly credentials?: { readonly accessKeyId: string; readonly secretAccessKey: string } | undefined;
  /** A folder for configuration files. */
  readonly home: string;
  readonly set: DataSet;
  /** Flags for Node.js, for a profile. */
  readonly nodeFlags: readonly string[];
}

/** A row of the tables: one program with one set of flags. */
export interface Client {
  readonly id: string;
  /** For the table. */
  readonly title: string;
  readonly isOurs: boolean;
  /** Whether it deletes the source, and so gets a copy for each run. */
  readonly isMove: boolean;
  /** What prints its version. */
  readonly version: readonly string[];
  /** The command for people. */
  readonly shown: string;
  /** The sets that it is run on; undefined for all. */
  readonly only?: (set: DataSet) => boolean;
  command(place: Place): Command;
}
