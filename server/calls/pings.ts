/**
 * The batches as they come, and `undefined` each time nothing came for `silenceMs`. One timer serves the whole stream: a
 * batch that comes in time only moves it on. Leaving the loop early closes the source.
 */
export async function* withSilences<T>(source: AsyncIterable<T>, silenceMs: number): AsyncGenerator<T | undefined> {
  const batches = source[Symbol.asyncIterator]();
  let onSilence: (() => void) | undefined;
  const timer = setTimeout(() => onSilence?.(), silenceMs);
  const isSilentBefore = (next: Promise<unknown>) =>
    new Promise<boolean>((resolve) => {
      onSilence = () => resolve(true);
      const settled = () => resolve(false);
      next.then(settled, settled);
      timer.refresh();
    });
  try {
    for (;;) {
      const next = batches.next();
      while (await isSilentBefore(next)) yield undefined;
      const result = await next;
      if (result.done) return;
      yield result.value;
    }
  } finally {
    clearTimeout(timer);
    await batches.return?.();
  }
}
