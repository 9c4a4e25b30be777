/** A message to be mailed. */
export interface Mail {
  readonly to: readonly string[];
  /** Default: sendmail names the sender. */
  readonly from: string | undefined;
  readonly subject: string;
  readonly text: string;
}

/** Longest piece of a text in one encoded word of a header, in bytes: with its frame it has 75 characters at most. */
const WORD_BYTES = 45;

/**
 * Makes the text of a mail, header and body, for `sendmail -t -i`. Names of files cannot add a header: what is not plain ASCII is
 * encoded, in the subject by RFC 2047, in the body as base64.
 */
export function mailText({ to, from, subject, text }: Mail): string {
  const isPlain = /^[\n\x20-\x7e]*$/.test(text) && text.split('\n').every((line) => line.length <= 900);
  const header = [
    ...(from === undefined ? [] : [`From: ${from}`]),
    `To: ${to.join(',\n ')}`,
    `Subject: ${headerText(subject)}`,
    `Date: ${new Date().toUTCString().replace('GMT', '+0000')}`,
    'Auto-Submitted: auto-generated',
    'MIME-Version: 1.0',
    'Content-Type: text/plain; charset=utf-8',
    `Content-Transfer-Encoding: ${isPlain ? '7bit' : 'base64'}`,
  ];
  const body = isPlain ? text : base64(text);
  return `${header.join('\n')}\n\n${body.endsWith('\n') ? body : `${body}\n`}`;
}

/** Encodes a text for a header, unless it is plain and short. */
function headerText(text: string): string {
  if (/^[\x20-\x7e]{0,200}$/.test(text) && !text.includes('=?')) return text;
  const words: string[] = [];
  let word = '';
  // By characters: an encoded word holds whole ones.
  for (const character of text) {
    if (Buffer.byteLength(word + character) > WORD_BYTES) {
      words.push(word);
      word = '';
    }
    word += character;
  }
  return [...words, word].map((each) => `=?UTF-8?B?${Buffer.from(each).toString('base64')}?=`).join('\n ');
}

function base64(text: string): string {
  return Buffer.from(text)
    .toString('base64')
    .replace(/.{76}(?=.)/g, '$&\n');
}
