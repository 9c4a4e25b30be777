import stringWidth from 'string-width';

const ELLIPSIS = '…';
/** Longest text that is taken apart into characters. Of a longer one the beginning and the end are kept, as UTF-16 units. */
const LONGEST = 1_000;
/** Share of the columns for the end of a text: that of a path tells more than its beginning. */
const END_SHARE = 0.6;

/**
 * Shortens a text in its middle, so that it takes no more than so many columns of a terminal. Characters are not cut, and wide
 * ones count twice.
 */
export function shortenMiddle(text: string, columns: number): string {
  const bounded =
    text.length <= LONGEST ? text : text.slice(0, LONGEST / 2) + ELLIPSIS + text.slice(-LONGEST / 2);
  if (stringWidth(bounded) <= columns) return bounded;
  const characters = [...new Intl.Segmenter().segment(bounded)].map(({ segment }) => segment);
  const room = columns - 1;
  const end = fitting(characters.toReversed(), Math.ceil(room * END_SHARE))
    .reverse()
    .join('');
  const beginning = fitting(characters, room - stringWidth(end)).join('');
  return columns < 1 ? '' : beginning + ELLIPSIS + end;
}

/** The first characters that fit into so many columns. */
function fitting(characters: readonly string[], columns: number): string[] {
  let width = 0;
  const next = characters.findIndex((character) => {
    width += stringWidth(character);
    return width > columns;
  });
  return characters.slice(0, next < 0 ? undefined : next);
}
