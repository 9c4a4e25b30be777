import { oneLine, printable } from '../output/printable.ts';

/**
 * Fields that the console line leaves out, since the message has them already, or since only programs use them in the log file.
 */
export const FIELDS_HIDDEN_ON_CONSOLE = ['operation', 'key', 'path', 'reason', 'code', 'hint'] as const;

/** Formats one log line for the console: `file failed: a/b.txt: Access Denied [UPLOAD_FAILED]`. */
export function consoleMessage(line: Readonly<Record<string, unknown>>): string {
  const { msg, path, reason, code, hint } = line;
  const parts = [
    typeof msg === 'string' ? oneLine(msg) : undefined,
    typeof path === 'string' ? printable(path) : undefined,
    typeof reason === 'string' ? oneLine(reason) : undefined,
  ];
  const what = parts.filter((part) => part !== undefined).join(': ');
  return [
    what,
    ...(typeof code === 'string' ? [`[${code}]`] : []),
    ...(typeof hint === 'string' ? [`- ${oneLine(hint)}`] : []),
  ].join(' ');
}
