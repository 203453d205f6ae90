import type { ProjectMembership } from '../memberships/project-membership.entity.js';
import type { Project } from '../projects/project.entity.js';

interface Menu {
  readonly title: string;
  readonly link: readonly { readonly name: string; readonly target: string }[];
}

const favorites: Menu = {
  title: 'Favorites',
  link: [
    { name: 'Patients', target: '/Patient' },
    { name: 'Practitioners', target: '/Practitioner' },
  ],
};
const admin: Menu = {
  title: 'Admin',
  link: [
    { name: 'Project', target: '/admin/project' },
    { name: 'Access policies', target: '/AccessPolicy' },
  ],
};
const superAdmin: Menu = {
  title: 'Super Admin',
  link: [
    { name: 'Projects', target: '/Project' },
    { name: 'Super config', target: '/admin/super' },
  ],
};

/** The menu of a member's app, as nobody chose another one (wire-spec section 2.5.1). */
export function defaultMenu(
  membership: ProjectMembership | undefined,
  project: Project | undefined,
): readonly Menu[] {
  const isAdmin = membership?.admin === true;
  return [favorites, ...(isAdmin ? [admin] : []), ...(isAdmin && project?.superAdmin ? [superAdmin] : [])];
}
