/**
 * Works on several elements at once and yields the results in the order of the elements. A result is yielded as soon as it is
 * there, also while the source takes long to name the next element.
 *
 * @param atOnce Most elements in work, and so most results in memory, at one time.
 */
export async function* mapInOrder<A, B>(
  source: AsyncIterable<A>,
  atOnce: number,
  work: (one: A) => Promise<B>,
): AsyncGenerator<B, void> {
  const elements = source[Symbol.asyncIterator]();
  const begun: Promise<B>[] = [];
  let next: Promise<IteratorResult<A>> | undefined = heard(elements.next());
  try {
    for (;;) {
      const [head] = begun;
      if (next !== undefined && begun.length < atOnce && (await isFirst(next, head))) {
        const element: IteratorResult<A> = await next;
        next = element.done ? undefined : heard(elements.next());
        if (!element.done) begun.push(heard(work(element.value)));
      } else if (head === undefined) return;
      else {
        begun.shift();
        yield await head;
      }
    }
  } finally {
    // Not awaited: a source that is about to name its next element ends only after that.
    heard(Promise.resolve(elements.return?.()));
  }
}

/** A rejection is thrown when its turn comes; without this, Node.js would report it as unhandled before. */
function heard<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => undefined);
  return promise;
}

/** Whether the next element is there before the result at the head. */
async function isFirst(next: Promise<unknown>, head: Promise<unknown> | undefined): Promise<boolean> {
  if (head === undefined) return true;
  const when = (promise: Promise<unknown>, isNext: boolean) =>
    promise.then(
      () => isNext,
      () => isNext,
    );
  return Promise.race([when(next, true), when(head, false)]);
}
