import { BackupError } from '../../core/errors.ts';

/**
 * Makes sure that every tool can write a path: none can write one with a line break or another control character.
 *
 * @throws BackupError `BAD_OPTION`
 */
export function requireWritable(paths: readonly string[]): void {
  for (const path of paths)
    if (/\p{Cc}/u.test(path))
      throw new BackupError(
        'BAD_OPTION',
        `${JSON.stringify(path)} has a control character, which no schedule can hold; rename it.`,
      );
}

/** Doubles `%`, which begins a specifier in a unit of systemd. */
export function unitText(text: string): string {
  return text.replaceAll('%', '%%');
}

/** Quotes a word of a list of paths in a unit: `"-/srv/a b"`. */
export function unitWord(word: string): string {
  const escaped = unitText(word).replace(/[\\"]/g, '\\$&');
  return /^[\w./%:=@+-]+$/.test(escaped) ? escaped : `"${escaped}"`;
}

/** Quotes the words of `ExecStart=`, in which `$` begins a variable, but for the first one. */
export function unitCommand([program = '', ...words]: readonly string[]): string {
  return [unitWord(program), ...words.map((word) => unitWord(word.replaceAll('$', '$$$$')))].join(' ');
}

/** Quotes a word for /bin/sh. */
export function shellWord(word: string): string {
  return /^[\w./:=@+-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}

/**
 * Quotes the command of a line in a crontab, where `%` ends it. Two crons read a backslash before another one differently, so it is
 * refused.
 *
 * @throws BackupError `BAD_OPTION`
 */
export function cronText(words: readonly string[]): string {
  const wrong = words.find((word) => word.includes('\\'));
  if (wrong !== undefined)
    throw new BackupError(
      'BAD_OPTION',
      `${wrong} has a backslash, which not every cron can hold; rename it.`,
    );
  return words.map((word) => shellWord(word).replaceAll('%', '\\%')).join(' ');
}

const XML = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&apos;' } as const;

/** Escapes text for XML. */
export function xmlText(text: string): string {
  return text.replace(/[&<>"']/g, (sign) => XML[sign as keyof typeof XML]);
}
