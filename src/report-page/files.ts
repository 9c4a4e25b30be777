import type { PageAssets } from './assets.ts';
import type { Cause, ReasonCount } from './causes.ts';
import { MOST_ROWS, type PageCollector } from './collect.ts';
import { duration, files, type Html, html, number, pathHtml, size, table } from './html.ts';
import { endingOf } from './kinds.ts';
import { adviceHtml } from './overview.ts';
import type { PageEntry } from './page-data.ts';

/** Reasons that are shown for a cause. */
const MOST_SHOWN = 5;

/** Failures first, then the other codes: why files have their fate, and what to do about it. */
export function causesHtml({ kind, causes }: PageCollector, { advice }: PageAssets): Html {
  const isFailure = ({ fate }: Cause) => endingOf(kind, fate) === 'bad';
  const failures = causes.list.filter(isFailure);
  const others = causes.list.filter((cause) => !isFailure(cause));
  const adviceOf = (code: string) =>
    adviceHtml(kind.advice.map((name) => advice[name][code]).find((found) => found !== undefined));
  return html`<section><h2>Failures by cause</h2>
${failures.length === 0 ? html`<p>${kind.noBadEnd}</p>` : failures.map((cause) => failureHtml(cause, adviceOf(cause.code)))}
</section>
${others.length > 0 && html`<section><h2>Other codes</h2>${othersHtml(others, adviceOf)}</section>`}
`;
}

function failureHtml(cause: Cause, advice: Html): Html {
  const shown = mostFrequent(cause);
  const rest = cause.files - shown.reduce((sum, each) => sum + each.files, 0);
  const rows = shown.map(({ reason, path, files: count }) => [number(count), reason, pathHtml(path)]);
  return html`<article class="cause"><h3><code>${cause.code}</code> ${files(cause.files)}, ${size(cause.bytes)}</h3>
<p>${advice}</p>
${table(`Reasons of ${cause.code}`, ['Files', 'Reason', 'For example'], rows, [0])}
${rest > 0 && html`<p>${files(rest)} with other reasons.</p>`}</article>
`;
}

function mostFrequent({ reasons }: Cause): readonly ReasonCount[] {
  return [...reasons.values()].sort((a, b) => b.files - a.files).slice(0, MOST_SHOWN);
}

function othersHtml(causes: readonly Cause[], adviceOf: (code: string) => Html): Html {
  const rows = causes.map((cause) => [
    cause.fate,
    html`<code>${cause.code}</code>`,
    number(cause.files),
    size(cause.bytes),
    adviceOf(cause.code),
    pathHtml(mostFrequent(cause)[0]?.path ?? ''),
  ]);
  const heads = ['Fate', 'Code', 'Files', 'Bytes', 'Meaning', 'For example'];
  return table('Files that did not fail, by code', heads, rows, [2, 3]);
}

/** The largest and the slowest files, those that took several attempts, and those that were resumed. */
export function extremesHtml(collected: PageCollector, hasTimes: boolean): Html {
  const { largest, slowest, mostAttempts, mostResumed } = collected;
  return html`<section><h2>Largest and slowest files</h2><div class="beside">
${listHtml('Largest files', 'Size', largest.list, ({ size: bytes }) => size(bytes))}
${hasTimes && listHtml('Slowest files', 'Took', slowest.list, slowness)}
${listHtml('Most attempts', 'Attempts', mostAttempts.list, ({ attempts }) => number(attempts))}
${listHtml('Most resumed bytes', 'Resumed', mostResumed.list, ({ resumed_bytes }) => size(resumed_bytes))}
</div></section>
`;
}

function slowness({ seconds, size: bytes }: PageEntry): Html {
  const took = seconds ?? 0;
  return html`${duration(took)}${bytes && took > 0 ? html` (${size(Math.round(bytes / took))}/s)` : ''}`;
}

function listHtml(
  title: string,
  head: string,
  entries: readonly PageEntry[],
  value: (entry: PageEntry) => unknown,
): Html {
  if (entries.length === 0) return html``;
  const rows = entries.map((entry) => [value(entry), pathHtml(entry.path), entry.fate]);
  return table(title, [head, 'Path', 'Fate'], rows, [0]);
}

/** The table that the page's script fills, and what it leaves out. */
export function tableHtml({ total }: PageCollector): Html {
  const left = total - MOST_ROWS;
  return html`<section id="files"><h2>Files</h2>
<p>${
    left > 0
      ? html`The table has the ${files(MOST_ROWS)} that deserve a look first: failures, then files with a code, then
those that took several attempts, then the largest. The other ${files(left)} are counted above.`
      : html`The table has all ${files(total)}.`
  }</p>
<div id="table"><p>This table needs JavaScript. The JSON report has an entry for every file.</p></div></section>
`;
}
