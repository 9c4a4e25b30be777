import assert from 'node:assert/strict';
import type { Event } from '../../src/index.ts';
import { strictValidator } from './report-schema.ts';

const isEvent = strictValidator('events.schema.json');

export type WrittenEvent = Event & { readonly seq: number; readonly time: string };

/** The events of the lines that were written: each of them as the schema has it, numbered without a gap, and `start` first. */
export function eventsIn(text: string): WrittenEvent[] {
  const lines = text.split('\n');
  assert.equal(lines.pop(), '', 'the last line is not whole');
  const events = lines.map((line) => JSON.parse(line) as WrittenEvent);
  for (const [at, event] of events.entries()) {
    assert.ok(isEvent(event), `${lines[at]}: ${JSON.stringify(isEvent.errors)}`);
    assert.equal(event.seq, at + 1);
  }
  assert.equal(events[0]?.event, 'start');
  assert.deepEqual(
    events.slice(1).filter(({ event }) => event === 'start'),
    [],
  );
  return events;
}

/** The events of a run that has come to its end. */
export function wholeEventsIn(text: string): WrittenEvent[] {
  const events = eventsIn(text);
  assert.deepEqual(
    events.flatMap(({ event }, at) => (event === 'end' ? [at] : [])),
    [events.length - 1],
  );
  return events;
}

/** Those of one kind. */
export function eventsOf<K extends Event['event']>(
  events: readonly WrittenEvent[],
  kind: K,
): Extract<WrittenEvent, { event: K }>[] {
  return events.filter((each): each is Extract<WrittenEvent, { event: K }> => each.event === kind);
}
