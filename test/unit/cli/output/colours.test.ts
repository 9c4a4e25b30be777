import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { inspect } from 'node:util';
import { painted, STYLES } from '../../../../src/cli/output/colours.ts';

/** The colours of usual terminals: black, red, green, yellow, white. */
const PALETTES: Readonly<Record<string, readonly string[]>> = {
  xterm: ['000000', 'cd0000', '00cd00', 'cdcd00', 'e5e5e5'],
  'the console of Linux': ['000000', 'aa0000', '00aa00', 'aa5500', 'aaaaaa'],
  'GNOME Terminal': ['171421', 'c01c28', '26a269', 'a2734c', 'd0cfcc'],
  Tango: ['2e3436', 'cc0000', '4e9a06', 'c4a000', 'd3d7cf'],
  'Terminal of macOS': ['000000', '990000', '00a600', '999900', 'bfbfbf'],
  'Windows Terminal': ['0c0c0c', 'c50f1f', '13a10e', 'c19c00', 'cccccc'],
  Solarized: ['073642', 'dc322f', '859900', 'b58900', 'eee8d5'],
};
const NAMES = ['black', 'red', 'green', 'yellow', 'white'];

/** Lowest contrast of a graphical object, and of large text (https://www.w3.org/TR/WCAG22/#non-text-contrast). */
const LEAST_CONTRAST = 3;

describe('the colours', () => {
  for (const [name, palette] of Object.entries(PALETTES)) {
    it(`have enough contrast in the palette of ${name}, whatever its background`, () => {
      for (const [style, codes] of Object.entries(STYLES)) {
        const [letters, background] = Array.isArray(codes) ? (codes as string[]) : [];
        if (letters === undefined || background === undefined) continue;
        const found = contrast(
          palette[NAMES.indexOf(letters)],
          palette[NAMES.indexOf(background.replace('bg', '').toLowerCase())],
        );
        assert.ok(found >= LEAST_CONTRAST, `${style}: ${found}`);
      }
    });
  }

  it('set letters and background both, or neither', () => {
    for (const style of Object.keys(STYLES) as (keyof typeof STYLES)[]) {
      const text = painted(style, 'text');
      const [letters, background] = ['3', '4'].map((kind) => text.includes(`\u001b[${kind}`));
      // Bright colours, gray among them, differ more between terminals.
      assert.ok(letters === background && !text.includes('\u001b[9'), `${style}: ${inspect(text)}`);
    }
  });
});

/** Ratio of two colours, 1 to 21 (https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio). */
function contrast(one = '', other = ''): number {
  const [dark = 0, light = 0] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (light + 0.05) / (dark + 0.05);
}

function luminance(colour: string): number {
  const [red = 0, green = 0, blue = 0] = [0, 2, 4].map((at) => {
    const value = Number.parseInt(colour.slice(at, at + 2), 16) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}
