import { ClientHome } from './client-home.js';
import { DirectoryHome } from './directory-home.js';
import { MembershipHome } from './membership-home.js';
import { PolicyHome } from './policy-home.js';
import { ProjectHome } from './project-home.js';
import { UserHome } from './user-home.js';

/** Every home of resources; what the door can do follows from this list. */
export const resourceHomes = [
  DirectoryHome,
  PolicyHome,
  ClientHome,
  ProjectHome,
  MembershipHome,
  UserHome,
] as const;
