import { DirectoryHome } from './directory-home.js';

/** Every home of resources; what the door can do follows from this list. */
export const resourceHomes = [DirectoryHome] as const;
