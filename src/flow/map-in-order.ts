/**
 * Works on several elements at once and yields the results in the order of the elements.
 *
 * @param atOnce Most elements in work, and so most results in memory, at one time.
 */
export async function* mapInOrder<A, B>(
  source: AsyncIterable<A>,
  atOnce: number,
  work: (one: A) => Promise<B>,
): AsyncGenerator<B, void> {
  const begun: Promise<B>[] = [];
  for await (const one of source) {
    const result = work(one);
    // The result is awaited later; without this, Node.js would report the rejection as unhandled.
    result.catch(() => undefined);
    begun.push(result);
    if (begun.length >= atOnce) yield await (begun.shift() as Promise<B>);
  }
  for (const result of begun) yield await result;
}
