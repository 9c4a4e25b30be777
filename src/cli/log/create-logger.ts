import { type Level, multistream, pino } from 'pino';
import { prettyFactory } from 'pino-pretty';
import { type BackupError, systemMessage } from '../../core/errors.ts';
import type { Logger } from '../../core/logger.ts';
import { painted, type STYLES } from '../output/colours.ts';
import { wrap } from '../output/layout.ts';
import { masked } from '../output/mask.ts';
import { hintOf } from '../output/own-words.ts';
import { safeJson } from '../output/printable.ts';
import type { Screen } from '../output/screen.ts';
import { consoleMessage, FIELDS_HIDDEN_ON_CONSOLE } from './console-message.ts';
import { RotatingFile, type RotatingFileOptions } from './rotating-file.ts';

export interface LoggerOptions {
  readonly screen: Screen;
  readonly consoleLevel: Level;
  readonly fileLevel: Level;
  readonly file?: RotatingFileOptions | undefined;
  /** Whether colours are left out on a terminal. Default false. */
  readonly noColor?: boolean;
  /** Width at which lines on stderr are broken between words, in characters. Default: they stay whole. */
  readonly columns?: number | undefined;
  /** Values that are masked in every line, even if a server's message quotes them. */
  readonly secrets: readonly string[];
}

/** By pino's names of levels; others have no colour. */
const LEVEL_STYLES: Readonly<Record<string, keyof typeof STYLES>> = {
  TRACE: 'aside',
  DEBUG: 'aside',
  WARN: 'warning',
  ERROR: 'bad',
  FATAL: 'bad',
};

/**
 * Creates the log: readable lines on stderr, and JSON lines in a file. Both are written synchronously, so no line is lost when
 * the process ends, however it ends.
 *
 * @throws BackupError `LOG_NOT_WRITABLE`
 */
export function createLogger(options: LoggerOptions): { logger: Logger; close: () => void } {
  const { screen, secrets, columns = Number.POSITIVE_INFINITY } = options;
  const isColoured = screen.isTerminal && options.noColor !== true;
  const pretty = prettyFactory({
    colorize: isColoured,
    singleLine: true,
    timestampKey: 'timestamp',
    translateTime: 'SYS:HH:MM:ss',
    messageFormat: consoleMessage,
    // The usual cyan cannot be read on a light background, nor gray on a dark one.
    customColors: 'message:reset,greyMessage:dim',
    useOnlyCustomProps: false,
    customPrettifiers: { level: (_level, _key, _line, { label }) => levelText(label, isColoured) },
    ignore: FIELDS_HIDDEN_ON_CONSOLE.join(','),
  });
  const safe = (line: string) => safeJson(masked(line, secrets));
  // pino-pretty decodes the JSON and its escapes. The colours that it adds pass safeJson unchanged.
  const console = {
    write: (line: string) => screen.write(wrap(safeJson(pretty(safe(line)) ?? ''), columns, 2)),
  };
  const file = options.file && openFile(options.file, screen);
  const streams = [
    { level: options.consoleLevel, stream: console },
    ...(file
      ? [{ level: options.fileLevel, stream: { write: (line: string) => file.write(safe(line)) } }]
      : []),
  ];
  const logger = pino(
    {
      base: null,
      // pino does not even make a line below this level.
      level: lowest(streams.map(({ level }) => level)),
      timestamp: () => `,"timestamp":"${new Date().toISOString()}"`,
      formatters: { level: (level) => ({ level }), log: withOwnHint },
    },
    multistream(streams),
  );
  return { logger, close: () => file?.close() };
}

function levelText(label: string, isColoured: boolean): string {
  const style = LEVEL_STYLES[label];
  return style === undefined || !isColoured ? label : painted(style, label);
}

/** Rewrites the hint of an error in the words of the command line: the library logs a failed run with the hint of its error. */
function withOwnHint(fields: Record<string, unknown>): Record<string, unknown> {
  return typeof fields.hint === 'string'
    ? { ...fields, hint: hintOf(fields as unknown as BackupError) }
    : fields;
}

const rankOf = (level: Level) => pino.levels.values[level] ?? 0;

function lowest(levels: readonly Level[]): Level {
  const [first, ...others] = levels as [Level, ...Level[]];
  return others.reduce((a, b) => (rankOf(a) <= rankOf(b) ? a : b), first);
}

function openFile(options: RotatingFileOptions, screen: Screen): RotatingFile {
  const say = (what: string, error: unknown) => screen.write(`s3-backup: ${what}: ${systemMessage(error)}\n`);
  return new RotatingFile(options, {
    onFailure: (error) => say('cannot write to the log file; logging to it stops', error),
    onNotRotated: (error) => say('the log file cannot be rotated and will keep growing', error),
  });
}
