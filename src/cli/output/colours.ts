import type { Writable } from 'node:stream';
import { styleText } from 'node:util';
import { isTerminal } from './screen.ts';

type Style = Parameters<typeof styleText>[0];

/** Colours a text. */
export type Paint = (style: Style, text: string) => string;

/** Colours for a stream: none unless it is a terminal that shows them, and none with NO_COLOR (https://no-color.org). */
export function coloursFor(stream: Writable, env: NodeJS.ProcessEnv): Paint {
  const isColoured = isTerminal(stream) && (env.NO_COLOR ?? '') === '' && env.TERM !== 'dumb';
  return (style, text) => (isColoured ? styleText(style, text, { validateStream: false }) : text);
}
