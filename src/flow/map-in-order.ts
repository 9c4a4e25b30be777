/**
 * Does something with each of many, several at once, and yields the results in the order of what they were made from.
 *
 * @param atOnce In work at the same time, and so results in memory at most.
 */
export async function* mapInOrder<A, B>(
  source: AsyncIterable<A>,
  atOnce: number,
  work: (one: A) => Promise<B>,
): AsyncGenerator<B, void> {
  const begun: Promise<B>[] = [];
  for await (const one of source) {
    const result = work(one);
    // It is awaited later on; until then nobody listens.
    result.catch(() => undefined);
    begun.push(result);
    if (begun.length >= atOnce) yield await (begun.shift() as Promise<B>);
  }
  for (const result of begun) yield await result;
}
