/** The room `report-page` makes one HTML page of a report, which needs nothing else to be shown. */
import { createHash } from 'node:crypto';
import type { PageAssets } from './assets.ts';
import { PageCollector } from './collect.ts';
import { causesHtml, extremesHtml, tableHtml } from './files.ts';
import type { PageFolder } from './folder-tree.ts';
import { duration, type Html, html, jsonInHtml, number, pathHtml, size, table, visible } from './html.ts';
import { kindOf, type PageKind } from './kinds.ts';
import { fatesHtml, headerHtml, proofsHtml } from './overview.ts';
import type { PageEntry, PageHead } from './page-data.ts';
import { type Rates, ratesOf } from './rates.ts';

/** Folders in the treemap, and in the table that stands in for it without a script. */
const MOST_FOLDERS = 2_000;
const MOST_LISTED = 25;
/** Rows of the table that stands in for the charts. */
const MOST_MOMENTS = 40;
/** Reasons are shortened in the table of files. Characters. */
const LONGEST_REASON = 500;

/** What the page's script draws. */
export interface ScriptData {
  readonly rates: Rates;
  readonly folders: PageFolder;
  readonly rows: readonly (readonly [
    path: string,
    fate: string,
    code: string | null,
    size: number | null,
    seconds: number | null,
    attempts: number,
    proof: string | null,
    resumed: number,
    reason: string | null,
  ])[];
}

/** Yields the page of a run that has ended. @param entries The entries of its report. */
export function pageOf(
  summary: PageHead,
  entries: Iterable<PageEntry>,
  assets: PageAssets,
): Generator<string, void> {
  const collected = new PageCollector(kindOf(summary));
  for (const entry of entries) collected.add(entry);
  return pageText(summary, collected, assets);
}

/**
 * Yields the page of a report in pieces. It loads nothing, and no text of the report can become markup or script. All numbers
 * are in its HTML; the script adds charts, the treemap and the table of files.
 */
export function* pageText(
  head: PageHead,
  collected: PageCollector,
  assets: PageAssets,
): Generator<string, void> {
  const { kind } = collected;
  const rates = ratesOf(head.timeline ?? []);
  const folders = collected.folders.largest(MOST_FOLDERS);
  const hasTimes = head.timeline !== undefined;
  yield beginning(head, kind, assets);
  yield headerHtml(head, kind, assets).text;
  yield '<main>\n';
  yield fatesHtml(head, collected).text;
  yield causesHtml(collected, assets).text;
  if (rates.seconds.length > 0) yield timelineHtml(rates, kind).text;
  // A verification of a record reads no files, and has no times.
  else if (hasTimes || kind.name !== 'verification') yield noTimelineHtml(hasTimes).text;
  yield foldersHtml(folders).text;
  yield extremesHtml(collected, hasTimes).text;
  yield proofsHtml(collected).text;
  yield tableHtml(collected).text;
  yield '</main>\n<script type="application/json" id="data">';
  yield jsonInHtml(scriptData(rates, folders, collected)).text;
  yield `</script>\n<script>${assets.script}</script>\n</body></html>\n`;
}

function beginning(head: PageHead, { name }: PageKind, { script, style }: PageAssets): string {
  const hash = (text: string) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
  const policy = [
    "default-src 'none'",
    `script-src ${hash(script)}`,
    `style-src ${hash(style)}`,
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ');
  return `<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
${html`<title>${name} of ${head.start_time}: s3://${head.bucket}/${head.prefix}</title>`.text}
<style>${style}</style></head>
<body>
`;
}

function timelineHtml(
  { seconds, bytesPerSecond, filesPerSecond, atOnce }: Rates,
  { atOnce: title }: PageKind,
): Html {
  const step = Math.ceil(seconds.length / MOST_MOMENTS);
  const moments = [...seconds.keys()].filter((at) => at % step === step - 1);
  const rows = moments.map((at) => [
    duration(seconds[at] ?? 0),
    html`${size(bytesPerSecond[at])}/s`,
    number(Math.round(filesPerSecond[at] ?? 0)),
    number(atOnce[at] ?? 0),
  ]);
  const heads = ['After', 'Throughput', 'Files/s', title];
  return html`<section><h2>Throughput and concurrency</h2>
<div id="timeline" aria-hidden="true"></div>
<details><summary>As numbers</summary>
${table('Bytes read, files settled, and files in work, over time', heads, rows, [0, 1, 2, 3])}</details></section>
`;
}

function noTimelineHtml(hasTimes: boolean): Html {
  return html`<section><h2>Throughput and concurrency</h2><p>${
    hasTimes ? 'The run was too short.' : 'The version that wrote this report did not record them.'
  }</p></section>
`;
}

function foldersHtml(root: PageFolder): Html {
  const rows = root.children
    .slice(0, MOST_LISTED)
    .map(({ name, bytes, files, failed }) => [
      size(bytes),
      number(files),
      number(failed),
      pathHtml(`${name}/`),
    ]);
  const listed = root.children.slice(0, MOST_LISTED).reduce((sum, { bytes }) => sum + bytes, 0);
  if (root.bytes > listed)
    rows.push([size(root.bytes - listed), '', '', html`files and smaller folders beside these`]);
  return html`<section><h2>Sizes by folder</h2>
<div id="folders"></div>
<details><summary>As numbers</summary>
${table('The largest folders at the top', ['Bytes', 'Files', 'Failed', 'Folder'], rows, [0, 1, 2])}</details></section>
`;
}

function scriptData(rates: Rates, folders: PageFolder, { worst }: PageCollector): ScriptData {
  const rows = worst.list.map(
    ({ path, fate, code, size: bytes, seconds, attempts, proof, resumed_bytes: resumed, reason }) =>
      [
        visible(path),
        fate,
        code,
        bytes,
        seconds,
        attempts,
        proof,
        resumed,
        reason && visible(reason.slice(0, LONGEST_REASON)),
      ] as const,
  );
  return { rates, folders: withVisibleNames(folders), rows };
}

function withVisibleNames(folder: PageFolder): PageFolder {
  return { ...folder, name: visible(folder.name), children: folder.children.map(withVisibleNames) };
}
