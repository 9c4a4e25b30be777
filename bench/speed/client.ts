import type { Command } from '../safety/run-process.ts';
import type { DataSet } from './data-set.ts';

export const BUCKET = 'bench';

/** Where a client finds what it needs for one run. */
export interface Place {
  /** The folder with the files to upload, or the one to restore to, which does not exist. */
  readonly folder: string;
  /** The sink's address, http:// or https://. */
  readonly endpoint: string;
  /** The same without a port, so that it is 80 or 443; undefined where the sink may not listen there. */
  readonly portlessEndpoint: string | undefined;
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

/** `copy` keeps the source, `move` deletes it and so gets a copy for each run, `restore` downloads. */
export type Task = 'copy' | 'move' | 'restore';

/** A row of the tables: one program with one set of flags. */
export interface Client {
  readonly id: string;
  /** For the table. */
  readonly title: string;
  readonly isOurs: boolean;
  readonly task: Task;
  /** What prints its version; empty if the program was not found. */
  readonly version: readonly string[];
  /** The command for people. */
  readonly shown: string;
  /** The sets that it is run on; undefined for all. */
  readonly only?: (set: DataSet) => boolean;
  /** Whether it connects to no other port than 80 or 443. Default: false. */
  readonly needsStandardPort?: boolean;
  command(place: Place): Command;
}
