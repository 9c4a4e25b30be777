import { isUtf8 } from 'node:buffer';
import type { FileEntry, Report } from '../../src/index.ts';
import { type Findings, rawPath } from './findings.ts';
import type { Ledger } from './ledger.ts';

/** What a report says wrongly of the disk, of the bucket, or of itself. Empty when it told the truth. */
export function untruths(report: Report, ledger: Ledger, found: Findings): string[] {
  return [
    ...imbalances(report),
    ...report.files.flatMap((entry) =>
      untrueOf(entry, ledger, found).map((what) => `${JSON.stringify(entry.path)} (${entry.fate}): ${what}`),
    ),
    ...missing(report, ledger),
    ...leftClaims(report, found),
  ];
}

/** Sums that do not add up. */
export function imbalances(report: Report): string[] {
  const { files, counts, bytes } = report;
  const problems: string[] = [];
  const equal = (what: string, told: unknown, counted: unknown) => {
    if (told !== counted) problems.push(`${what} is ${told}, counted ${counted}`);
  };
  const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
  const wholeRun = (pick: (entry: FileEntry) => boolean) => files.filter(pick).length;
  equal('total_files', report.total_files, files.length);
  equal('sum of counts', sum(Object.values(counts)), files.length);
  for (const fate of ['deleted', 'kept', 'unchanged', 'skipped', 'failed'] as const) {
    const those = files.filter((entry) => entry.fate === fate);
    equal(`counts.${fate}`, counts[fate], those.length);
    equal(`bytes.${fate}`, bytes[fate], sum(those.map(({ size }) => size ?? 0)));
  }
  const proved = (entry: FileEntry) => entry.proof !== null;
  equal('verified_files', report.verified_files, wholeRun(proved));
  equal(
    'unread_files',
    report.unread_files,
    wholeRun(({ code }) => code === 'SIZE_AND_TIME'),
  );
  equal('deleted_files', report.deleted_files, counts.deleted);
  equal('failed_uploads', report.failed_uploads, report.upload_errors.length);
  equal('failed_deletions', report.failed_deletions, report.deletion_errors.length);
  equal('failures', report.upload_errors.length + report.deletion_errors.length, counts.failed);
  equal('uploaded_files', report.uploaded_files.length, report.successful_uploads);
  // Names that are not UTF-8 may look alike in the report, or like another name; no others may.
  const paths = files.filter(({ code }) => code !== 'NAME_NOT_UTF8').map(({ path }) => path);
  equal('different paths', new Set(paths).size, paths.length);
  const code = report.error ? 1 : report.interrupted ? report.exit_code : counts.failed > 0 ? 2 : 0;
  equal('exit_code', report.exit_code, code);
  return problems;
}

function untrueOf(entry: FileEntry, ledger: Ledger, found: Findings): string[] {
  const { path, key, fate, code, proof, md5, size } = entry;
  const raw = rawPath(path);
  const here = found.files.get(raw);
  const isHere = here !== undefined || found.others.has(raw);
  const problems: string[] = [];
  const demand = (holds: boolean, problem: string) => {
    if (!holds) problems.push(problem);
  };
  if (proof !== null) {
    const object = found.objects.get(key ?? '');
    demand(key === ledger.keyOf(raw), `its key is ${key}`);
    demand(object?.md5 === md5 && object?.size === size, 'what is under its key is not what was proved');
    demand(
      ledger.versionsOf(raw).some((version) => version.md5 === md5),
      `it never had the MD5 ${md5}`,
    );
  }
  const isNewer = here !== undefined && here.md5 !== md5 && here.md5 === ledger.versionsOf(raw).at(-1)?.md5;
  if (fate === 'deleted') {
    demand(proof !== null, 'deleted without a proof');
    demand(!isHere || isNewer, 'it is still here');
  } else {
    const isElsewhere = code === 'NOT_FOUND' || code === 'CLAIM_BLOCKED' || code === 'NAME_NOT_UTF8';
    const isFolder = code === 'OUTSIDE_SOURCE' || code === 'OTHER_FILE_SYSTEM' || code === 'UNREADABLE';
    demand(isHere || isElsewhere || isFolder || ledger.isGone(raw), 'it is not here');
  }
  if (fate === 'unchanged' && proof === null) {
    demand(code === 'SIZE_AND_TIME', 'unchanged without a proof or a reason');
    demand(
      here?.md5 !== undefined && here.md5 === found.objects.get(key ?? '')?.md5,
      'it is not what is in S3',
    );
  }
  if (fate === 'kept') demand(proof !== null || code === 'NOT_PROVED', 'kept without a proof or a reason');
  if (fate === 'failed' || fate === 'skipped') demand(code !== null, 'no code says why');
  return problems;
}

/** Files that the report does not mention. A run that was ended early may not have found them. */
function missing(report: Report, ledger: Ledger): string[] {
  if (report.interrupted || report.error) return [];
  const told = new Set(report.files.map(({ path }) => rawPath(path)));
  const folders = report.files
    .filter(({ fate }) => fate !== 'deleted')
    .map(({ path }) => `${rawPath(path)}/`);
  const isBelowTold = (raw: string) => folders.some((folder) => raw.startsWith(folder));
  return ledger.paths
    .filter((raw) => isUtf8(Buffer.from(raw, 'latin1')) && !told.has(raw) && !isBelowTold(raw))
    .map((raw) => `the report does not mention ${JSON.stringify(raw)}`);
}

function leftClaims(report: Report, { claimFolders, claimed }: Findings): string[] {
  const blocked = report.files.filter(({ code }) => code === 'CLAIM_BLOCKED').length;
  if (claimed.size > blocked) return ['files are left in claim folders, and the report does not say so'];
  return claimed.size === 0 && claimFolders.length > 0 && blocked === 0 ? ['a claim folder is left'] : [];
}
