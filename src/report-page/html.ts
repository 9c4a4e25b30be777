import prettyBytes from 'pretty-bytes';

/** HTML that is safe to put into a page. */
export class Html {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

const SPECIAL: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Control and format characters, and separators of lines: they can make a name look like another one. */
const INVISIBLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu;

/** Makes control and format characters visible: `\u202e`. */
export function visible(text: string): string {
  return text.replace(INVISIBLE, (character) =>
    character
      .split('')
      .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
      .join(''),
  );
}

function escaped(value: unknown): string {
  if (value instanceof Html) return value.text;
  if (Array.isArray(value)) return value.map(escaped).join('');
  if (value === false || value === null || value === undefined) return '';
  return visible(String(value)).replace(/[&<>"']/g, (special) => SPECIAL[special] ?? '');
}

/** Makes HTML of a template. Every value in it is escaped, unless it is HTML already; a list is joined; `false` is nothing. */
export function html(parts: TemplateStringsArray, ...values: readonly unknown[]): Html {
  return new Html(String.raw({ raw: parts }, ...values.map(escaped)));
}

/** Makes JSON that can stand in a `script` element: no `<` can end the element or begin a comment. */
export function jsonInHtml(value: unknown): Html {
  return new Html(JSON.stringify(value).replaceAll('<', '\\u003c'));
}

const WHOLE: Readonly<Intl.NumberFormat> = new Intl.NumberFormat('en');

/** `1,234,567` */
export function number(value: number): string {
  return WHOLE.format(value);
}

/** `1.5 GB`, with the exact number of bytes as a title. */
export function size(bytes: number | null | undefined): Html {
  if (bytes === null || bytes === undefined) return html`–`;
  return html`<span title="${number(bytes)} bytes">${prettyBytes(bytes)}</span>`;
}

/** `1 file`, `2 files` */
export function files(count: number): string {
  return `${number(count)} ${count === 1 ? 'file' : 'files'}`;
}

/** `0.25 s`, `75 s`, `2 h 5 min` */
export function duration(seconds: number): string {
  if (seconds < 10) return `${Number(seconds.toFixed(2))} s`;
  if (seconds < 120) return `${Math.round(seconds)} s`;
  const minutes = Math.round(seconds / 60);
  return minutes < 120 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** Characters of a path that is shown whole, and of each end of a longer one. */
const LONGEST_PATH = 200;
const PATH_END = 90;

/** A path, with its direction kept to itself. The middle of a long one is only in its title. */
export function pathHtml(path: string): Html {
  if (path.length <= LONGEST_PATH) return html`<bdi class="path">${path}</bdi>`;
  const [start, end] = [path.slice(0, PATH_END), path.slice(-PATH_END)];
  return html`<bdi class="path" title="${path}">${start}…${end}</bdi>`;
}

/** `code` for what stands between backticks. */
export function withCode(text: string): Html {
  return new Html(
    text
      .split('`')
      .map((part, index) => (index % 2 === 1 ? html`<code>${part}</code>` : html`${part}`).text)
      .join(''),
  );
}

/** A table. The cells of its `numbers` columns are right-aligned. */
export function table(
  caption: string,
  heads: readonly string[],
  rows: readonly (readonly unknown[])[],
  numbers: readonly number[] = [],
): Html {
  const cell = (value: unknown, column: number) =>
    numbers.includes(column) ? html`<td class="number">${value}</td>` : html`<td>${value}</td>`;
  const head = (text: string, column: number) =>
    numbers.includes(column)
      ? html`<th scope="col" class="number">${text}</th>`
      : html`<th scope="col">${text}</th>`;
  return html`<div class="wide"><table><caption>${caption}</caption>
<thead><tr>${heads.map(head)}</tr></thead>
<tbody>${rows.map((row) => html`<tr>${row.map(cell)}</tr>\n`)}</tbody></table></div>
`;
}
