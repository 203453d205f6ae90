import { parseId } from '../kernel/ids.js';
import type { PageEdge } from '../kernel/table-search.js';

/** Where a page begins or ends, in the words of a link. It names a row; it opens nothing. */
export function cursorAt(direction: 'after' | 'before', { id, lastUpdated }: PageEdge): string {
  return [direction, ...(lastUpdated ? [lastUpdated.getTime()] : []), id].join('.');
}

/** Reads `cursorAt`; `undefined` for anything else. */
export function readCursor(text: string): { after?: PageEdge; before?: PageEdge } | undefined {
  const [, direction, time, idText] = /^(after|before)\.(?:(\d{1,15})\.)?([0-9a-f-]{36})$/.exec(text) ?? [];
  const id = parseId(idText);
  if (!direction || !id) return undefined;
  const edge = { id, ...(time !== undefined && { lastUpdated: new Date(Number(time)) }) };
  return direction === 'after' ? { after: edge } : { before: edge };
}
