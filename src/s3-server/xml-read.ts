import { S3Error } from './errors.ts';

/** An XML element, without its attributes and namespace prefix. */
export interface XmlElement {
  readonly name: string;
  /** Character data directly in the element, with entities resolved. */
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
/** Limit for nesting. No document of the S3 API is that deep. */
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

/** Converts line ends into newlines, which a reader must do before it resolves references (XML 1.0 section 2.11). */
function normaliseLineEnds(raw: string): string {
  return raw.replace(/\r\n?/g, '\n');
}

function localName(name: string): string {
  return name.slice(name.indexOf(':') + 1);
}

/**
 * Parses an XML document of a request. Refuses DOCTYPE, so there are no entity definitions.
 *
 * @param root Required name of the root element.
 * @throws {S3Error} MalformedXML if the document is not well-formed or has another root.
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

/** Children of an element with this name. */
export function childrenOf(element: XmlElement, name: string): XmlElement[] {
  return element.children.filter((child) => child.name === name);
}

/** Text of the first element found by following a path of child names; undefined if there is none. */
export function textOf(element: XmlElement, ...path: readonly string[]): string | undefined {
  let at: XmlElement | undefined = element;
  for (const name of path) at = at?.children.find((child) => child.name === name);
  return at?.text;
}
