import * as fc from 'fast-check';
import { test } from 'vitest';
import { EventData } from './sse.ts';

const stream = ': hello\n\nevent: x\ndata: one\n\ndata:two\ndata:  lines\nid: 7\n\n\ndata: {"a":"日本"}\n\ndata: cut';
const events = ['one', 'two\n lines', '{"a":"日本"}'];

test.for(['\n', '\r\n', '\r'])(
  'reads the data of whole events with line ends %j, however they are cut',
  async (end, { expect }) => {
    // After a lone CR at the very end only the next piece can tell whether a LF belongs to it: the cut event follows.
    const text = stream.replaceAll('\n', end);
    await fc.assert(
      fc.property(fc.array(fc.nat(text.length), { maxLength: 12 }), (cuts) => {
        const bounds = [0, ...cuts.toSorted((a, b) => a - b), text.length];
        const reader = new EventData();
        const read = bounds.slice(1).flatMap((to, index) => reader.push(text.slice(bounds[index], to)));
        expect(read).toEqual(events);
      }),
    );
  },
);
