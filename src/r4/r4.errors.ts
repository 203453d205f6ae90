import { defineError } from '../kernel/errors.js';

export const indexBehind = defineError(
  'search-index-behind',
  'unavailable',
  'Searches of this type are being prepared. Try again in a few seconds.',
);
