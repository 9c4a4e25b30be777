/**
 * Control and format characters, line and paragraph separators: they can forge a line, a colour or a command to the terminal.
 */
const UNSAFE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;
/** The unsafe characters that JSON does not escape. It escapes C0, which includes newlines. */
const UNSAFE_IN_JSON = /[\u007f-\u009f\p{Cf}\p{Zl}\p{Zp}]/gu;

const LONGEST = 60;

/** Makes a path safe for a terminal: quotes and escapes it if it has an unsafe character. */
export function printable(path: string): string {
  return path.search(UNSAFE) >= 0 ? safeJson(JSON.stringify(path)) : path;
}

/** Shortens what a user typed to the first 60 characters, for a message. */
export function shortened(text: string): string {
  return cutTo(text, LONGEST);
}

/** Cuts a text that is longer than this number of characters, and shows that it does. */
export function cutTo(text: string, longest: number): string {
  return text.length > longest ? `${text.slice(0, longest)}...` : text;
}

/** Escapes unsafe characters in JSON text, which keeps its meaning. */
export function safeJson(json: string): string {
  return json.replace(UNSAFE_IN_JSON, escaped);
}

/** Turns a message into one line without unsafe characters. Servers and the system can put any text into messages. */
export function oneLine(message: string): string {
  return message.replace(UNSAFE, ' ').replace(/ {2,}/g, ' ').trim();
}

/** Escapes unsafe characters in the pieces of a JSON text. */
export function* safeJsonText(pieces: Iterable<string>): Generator<string, void> {
  for (const piece of pieces) yield safeJson(piece);
}

function escaped(character: string): string {
  return character
    .split('')
    .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
    .join('');
}
