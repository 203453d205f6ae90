/** How much of a type something opens. */
export const extents = ['all', 'some', 'none'] as const;
export type Extent = (typeof extents)[number];
