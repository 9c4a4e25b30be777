import type { Writable } from 'node:stream';
import { styleText } from 'node:util';
import { isTerminal } from './screen.ts';

/**
 * The styles of texts by what they mean. They can be read on dark and on light backgrounds: what must catch the eye has a
 * background of its own, since yellow letters cannot be read on white, nor blue ones on black. Never the bright black
 * called gray: in Solarized it is the colour of the background.
 */
export const STYLES = {
  heading: 'bold',
  /** Less important than the text around it. */
  aside: 'dim',
  /** Without a colour: only what needs attention has one. */
  good: 'bold',
  warning: ['black', 'bgYellow'],
  bad: ['white', 'bgRed'],
} as const satisfies Readonly<Record<string, Parameters<typeof styleText>[0]>>;

/** Colours a text. */
export type Paint = (style: keyof typeof STYLES, text: string) => string;

/** Colours for a stream; none if it shows none. */
export function coloursFor(stream: Writable, env: NodeJS.ProcessEnv): Paint {
  return showsColours(stream, env) ? painted : (_style, text) => text;
}

/** Whether a stream is a terminal that shows colours, and NO_COLOR (https://no-color.org) is not set. */
export function showsColours(stream: Writable, env: NodeJS.ProcessEnv): boolean {
  return isTerminal(stream) && (env.NO_COLOR ?? '') === '' && env.TERM !== 'dumb';
}

/** Colours a text, whatever shows it. */
export function painted(style: keyof typeof STYLES, text: string): string {
  return styleText(STYLES[style] as Parameters<typeof styleText>[0], text, { validateStream: false });
}
