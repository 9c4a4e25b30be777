/** Control and format characters, line and paragraph separators: what can forge a line, a colour or an order. */
const UNSAFE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;
/** ... of which JSON leaves these as they are; C0, with its newlines, it escapes. */
const UNSAFE_IN_JSON = /[\u007f-\u009f\p{Cf}\p{Zl}\p{Zp}]/gu;

const LONGEST = 60;

/** A path as it can be shown on a terminal: quoted where a character in it could do harm. */
export function printable(path: string): string {
  return path.search(UNSAFE) >= 0 ? safeJson(JSON.stringify(path)) : path;
}

/** What somebody has typed, as far as a message needs it. */
export function shortened(text: string): string {
  return text.length > LONGEST ? `${text.slice(0, LONGEST)}...` : text;
}

/** JSON text that can be shown on a terminal and still says the same. */
export function safeJson(json: string): string {
  return json.replace(UNSAFE_IN_JSON, escaped);
}

/** A message as one line that does no harm, whatever a server or a system has put into it. */
export function oneLine(message: string): string {
  return message.replace(UNSAFE, ' ').replace(/ {2,}/g, ' ').trim();
}

function escaped(character: string): string {
  return character
    .split('')
    .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
    .join('');
}
