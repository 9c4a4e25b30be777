import { S3Error } from './errors.ts';

/** An element of a request document; attributes and namespace prefixes are dropped. */
export interface XmlElement {
  readonly name: string;
  /** The element's own character data, entities resolved. */
  readonly text: string;
  readonly children: readonly XmlElement[];
}

interface OpenElement {
  name: string;
  text: string;
  children: OpenElement[];
}

const NAMED: ReadonlyMap<string, string> = new Map([
  ['lt', '<'],
  ['gt', '>'],
  ['amp', '&'],
  ['quot', '"'],
  ['apos', "'"],
]);
const TOKEN =
  /<!--[\s\S]*?-->|<\?[\s\S]*?\?>|<!\[CDATA\[([\s\S]*?)\]\]>|<\/([^\s<>/!?]+)\s*>|<([^\s<>/!?]+)(?:\s[^<>]*?)?(\/?)>|([^<]+)/y;
/** Deeper than any document of the S3 API. */
const DEPTH_LIMIT = 16;

function codePoint(value: number): string {
  if (!(value > 0 && value <= 0x10ffff) || (value >= 0xd800 && value <= 0xdfff))
    throw new S3Error('MalformedXML');
  return String.fromCodePoint(value);
}

function unescapeXml(raw: string): string {
  return raw.replace(/&(?:#x([0-9a-fA-F]{1,6})|#([0-9]{1,7})|(\w+));|&/g, (_all, hex, decimal, name) => {
    if (hex !== undefined) return codePoint(Number.parseInt(hex, 16));
    if (decimal !== undefined) return codePoint(Number(decimal));
    const character = NAMED.get(name ?? '');
    if (character === undefined) throw new S3Error('MalformedXML');
    return character;
  });
}

/** XML 1.0 section 2.11: a reader turns line ends into newlines before it resolves references. */
function normaliseLineEnds(raw: string): string {
  return raw.replace(/\r\n?/g, '\n');
}

function localName(name: string): string {
  return name.slice(name.indexOf(':') + 1);
}

/**
 * Parses the small documents that S3 requests carry. No DOCTYPE, hence no entity definitions.
 *
 * @throws {S3Error} MalformedXML when the document is not well-formed or its root is not `root`.
 */
export function parseXml(source: string, root: string): XmlElement {
  const top: OpenElement = { name: '', text: '', children: [] };
  const open: OpenElement[] = [top];
  const input = source.replace(/^\uFEFF/, '');
  TOKEN.lastIndex = 0;
  for (let at = 0; at < input.length; at = TOKEN.lastIndex) {
    const token = TOKEN.exec(input);
    const current = open.at(-1);
    if (token === null || current === undefined) throw new S3Error('MalformedXML');
    const [, cdata, closed, opened, empty, characters] = token;
    if (characters !== undefined) current.text += unescapeXml(normaliseLineEnds(characters));
    else if (cdata !== undefined) current.text += normaliseLineEnds(cdata);
    else if (closed !== undefined) close(open, current, localName(closed));
    else if (opened !== undefined) start(open, current, localName(opened), empty === '/');
  }
  const [first, ...others] = top.children;
  const stray = top.text.trim() !== '';
  if (open.length !== 1 || first?.name !== root || others.length > 0 || stray)
    throw new S3Error('MalformedXML');
  return first;
}

function close(open: OpenElement[], current: OpenElement, name: string): void {
  if (current.name !== name || open.length === 1) throw new S3Error('MalformedXML');
  open.pop();
}

function start(open: OpenElement[], current: OpenElement, name: string, empty: boolean): void {
  const element: OpenElement = { name, text: '', children: [] };
  current.children.push(element);
  if (!empty) open.push(element);
  if (open.length > DEPTH_LIMIT) throw new S3Error('MalformedXML');
}

/** All children of that name. */
export function childrenOf(element: XmlElement, name: string): XmlElement[] {
  return element.children.filter((child) => child.name === name);
}

/** The text of the first child of that name, following a path of names. */
export function textOf(element: XmlElement, ...path: readonly string[]): string | undefined {
  let at: XmlElement | undefined = element;
  for (const name of path) at = at?.children.find((child) => child.name === name);
  return at?.text;
}
