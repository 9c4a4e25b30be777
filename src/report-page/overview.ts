import { isLimit } from '../core/errors.ts';
import type { Advice, PageAssets } from './assets.ts';
import type { PageCollector } from './collect.ts';
import { duration, files, type Html, html, number, pathHtml, size, table, withCode } from './html.ts';
import { endingOf, type PageKind } from './kinds.ts';
import type { PageHead } from './page-data.ts';

/** The top of a page: what ran, from where to where, and how it ended. */
export function headerHtml(head: PageHead, kind: PageKind, { advice }: PageAssets): Html {
  const there = `s3://${head.bucket}/${head.prefix}`;
  const [from, to] = kind.name === 'restore' ? [there, head.target ?? ''] : [head.source ?? '', there];
  const { error } = head;
  return html`<header>
<h1>${head.dry_run ? 'Dry run of a ' : ''}${kind.name} <span class="verdict ${verdictClass(head)}">${verdict(head, kind)}</span></h1>
<p class="way">${pathHtml(from)} <span aria-label="to">→</span> ${pathHtml(to)}</p>
${error && html`<p class="error"><code>${error.code}</code> ${error.message} ${adviceHtml(advice.run[error.code])}</p>`}
${head.warnings?.map((warning) => html`<p class="error">${warning}</p>`)}
<dl class="facts">
${fact('Began', head.start_time)}
${fact('Ended', head.end_time)}
${fact('Took', duration(head.duration_seconds))}
${fact('Exit code', head.exit_code)}
${head.version_at ? fact('As of', head.version_at) : ''}
${head.run ? fact('Files of run', head.run) : ''}
${fact('Version', head.tool_version)}
</dl>
</header>
`;
}

function verdict({ exit_code: code, interrupted, error, counts }: PageHead, kind: PageKind): string {
  if (error) return isLimit(error) ? 'ended at its limit' : 'failed';
  if (interrupted) return 'stopped early';
  if (code === 0) return 'all went well';
  const bad = Object.entries(counts).filter(([fate]) => endingOf(kind, fate) === 'bad');
  const count = bad.reduce((sum, [, each]) => sum + each, 0);
  return count > 0 ? kind.badEnd(files(count)) : 'incomplete';
}

function verdictClass({ exit_code: code }: PageHead): string {
  return code === 0 ? 'good' : 'bad';
}

function fact(name: string, value: unknown): Html {
  return html`<div><dt>${name}</dt><dd>${value}</dd></div>`;
}

/** What became of the files: counts and bytes by fate, and what else the report counts. */
export function fatesHtml(head: PageHead, collected: PageCollector): Html {
  const { kind } = collected;
  const { counts, bytes, total_files: total } = head;
  const known = kind.fates;
  const others = Object.keys(counts).filter((name) => !known.some(({ fate }) => name === fate));
  const rows = [...known, ...others.map((fate) => ({ fate, meaning: '' }))].map(({ fate, meaning }) => {
    const count = counts[fate] ?? 0;
    const bar = html`<meter min="0" max="${Math.max(1, total)}" value="${count}"></meter>`;
    return [html`<b class="fate ${fate}">${fate}</b>`, number(count), size(bytes[fate] ?? 0), bar, meaning];
  });
  const allBytes = Object.values(bytes).reduce((sum, each) => sum + each, 0);
  rows.push([html`<b>all</b>`, number(total), size(allBytes), '', '']);
  return html`<section><h2>What became of the files</h2>
${table('Files by fate', ['Fate', 'Files', 'Bytes', 'Share', 'Meaning'], rows, [1, 2])}
<dl class="facts">
${head.planned && fact('A run would send', html`${files(head.planned.files)}, ${size(head.planned.bytes)}`)}
${head.verified_files !== undefined ? fact('Proved to be in S3', number(head.verified_files)) : ''}
${head.unread_files ? fact('Unchanged, not read', number(head.unread_files)) : ''}
${head.incomplete_files ? fact('Incomplete', number(head.incomplete_files)) : ''}
${head.success_rate_percent !== undefined ? fact('Success', `${head.success_rate_percent} %`) : ''}
${kind.attempts !== undefined && attemptsHtml(kind.attempts, head, collected)}
${head.removed_folders ? fact('Emptied folders removed', number(head.removed_folders)) : ''}
${head.restored_files ? fact('Recovered from a crashed run', number(head.restored_files)) : ''}
${head.manifest ? fact('Manifest', pathHtml(head.manifest)) : ''}
</dl></section>
`;
}

function attemptsHtml(name: string, head: PageHead, { retries, resumed }: PageCollector): Html {
  return html`${fact(name, number(head.attempts))}
${fact('Retries', html`${number(retries.times)} of ${files(retries.files)}`)}
${fact('Resumed', html`${size(resumed.bytes)} of ${files(resumed.files)}`)}
`;
}

/** How the files that ended well were proved. */
export function proofsHtml({ proofs }: PageCollector): Html {
  if (proofs.size === 0) return html``;
  const rows = [...proofs]
    .sort(([, a], [, b]) => b.files - a.files)
    .map(([proof, { files: count, bytes }]) => [
      html`<code>${proof}</code>`,
      number(count),
      size(bytes),
      PROOFS[proof] ?? '',
    ]);
  return html`<section><h2>Proofs</h2>
${table('Files that ended well, by how they were proved', ['Proof', 'Files', 'Bytes', 'What S3 has shown'], rows, [1, 2])}</section>
`;
}

const PROOFS: Readonly<Record<string, string>> = {
  'etag-md5': 'an ETag that is the MD5 of the bytes',
  'etag-parts': 'an ETag that is the MD5 of the MD5s of the parts',
  checksum: 'a checksum that is stored with the object',
  download: 'the object itself, read back',
  none: 'nothing: not read again since it has not changed, or a proof was not required',
};

export function adviceHtml(advice: Advice | undefined): Html {
  if (advice === undefined) return html``;
  const { meaning, toDo } = advice;
  return html`<span class="meaning">${withCode(meaning)}</span>${
    toDo === 'nothing' ? '' : html` <span class="todo"><b>What to do:</b> ${withCode(toDo)}</span>`
  }`;
}
