import assert from 'node:assert/strict';
import { type BackupOptions, backup, type FileEntry, type Report } from '../../src/index.ts';
import type { S3Server } from '../../src/s3-server/index.ts';
import { TEST_BUCKET } from './s3-server.ts';

export const MIB = 1024 * 1024;

/** What a run needs to reach a test's server, small parts, and no second look at files that change. */
export function optionsFor(
  server: S3Server,
  source: string,
  more: Partial<BackupOptions> = {},
): BackupOptions {
  const { endpoint: endpointUrl, region, accessKeyId, secretAccessKey } = server;
  const credentials = { accessKeyId, secretAccessKey };
  const target = { bucket: TEST_BUCKET, endpointUrl, region, credentials };
  // Planned faults may look like an outage, which a run would wait out for a quarter of an hour, or like a completion that
  // goes on, which it would look for for minutes.
  const patience = { maxOutageSeconds: 20, completionLookSeconds: 0 };
  return { source, ...target, partSizeBytes: 5 * MIB, onChange: 'fail', ...patience, ...more };
}

export function backupTo(
  server: S3Server,
  source: string,
  more: Partial<BackupOptions> = {},
): Promise<Report> {
  return backup(optionsFor(server, source, more));
}

/** A run that deletes what it has proved. */
export function moveTo(server: S3Server, source: string, more: Partial<BackupOptions> = {}): Promise<Report> {
  return backupTo(server, source, { deleteAfterUpload: true, ...more });
}

/** The only entry of a path. */
export function entryFor(report: Report, path: string): FileEntry {
  const [entry, ...others] = report.files.filter((file) => file.path === path);
  assert.ok(entry, `the report knows nothing of ${path}: ${JSON.stringify(report.files)}`);
  assert.equal(others.length, 0);
  return entry;
}

/** What became of each file, by its path. */
export function fatesOf(report: Report): Record<string, string> {
  return Object.fromEntries(
    report.files.map(({ path, fate, code }) => [path, code === null ? fate : `${fate} ${code}`]),
  );
}
