import { Field, ID, Int, ObjectType } from '@nestjs/graphql';
import type { Project } from '../projects/project.entity.js';
import type { ProjectLimits } from '../projects/project-limits.js';
import { connectionOf } from './connection.view.js';

@ObjectType('ProjectSettings')
export class ProjectSettingsView {
  @Field(() => Int, { description: 'Least characters of a password that is the only factor.' })
  passwordMinimum: number;

  @Field(() => Boolean, {
    description: 'Admins, too, act on behalf of a member only as far as their own policy goes.',
  })
  onBehalfOfWithinOwnPolicy: boolean;

  @Field(() => Boolean, {
    description:
      'Members sign in with a second factor; those who have none set one up at their next sign-in.',
  })
  secondFactorRequired: boolean;
}

@ObjectType('ProjectLimits', {
  description: 'What may be used up of the server in a minute; null: what the configuration says.',
})
export class ProjectLimitsView {
  @Field(() => Int, { nullable: true, description: 'Tokens that one client gets for itself.' })
  clientTokens: number | null;

  @Field(() => Int, { nullable: true, description: 'Points of one member at the FHIR door.' })
  memberFhirPoints: number | null;

  @Field(() => Int, { nullable: true, description: 'Tokens of all clients together.' })
  projectTokens: number | null;

  @Field(() => Int, { nullable: true, description: 'FHIR points of all members together.' })
  projectFhirPoints: number | null;
}

@ObjectType('Project', { description: 'A tenant.' })
export class ProjectView {
  @Field(() => ID)
  id: string;

  @Field(() => String)
  name: string;

  @Field(() => String)
  description: string;

  @Field(() => Boolean, { description: 'Its admins look after the whole server.' })
  superAdmin: boolean;

  @Field(() => Boolean, {
    description: 'While false nobody signs in here and nothing that was issued works.',
  })
  active: boolean;

  @Field(() => ProjectSettingsView)
  settings: ProjectSettingsView;

  @Field(() => ProjectLimitsView)
  limits: ProjectLimitsView;

  @Field(() => Date)
  createdAt: Date;

  @Field(() => Date)
  updatedAt: Date;

  @Field(() => Int, { description: 'Send it along with a change.' })
  version: number;

  @Field(() => [String], { description: 'What this means, in words.' })
  explain: string[];
}

export const ProjectConnection = connectionOf(ProjectView, 'Project');

/** What is shown of a project. */
export function projectView(project: Project): ProjectView {
  const { id, name, description, superAdmin, active, settings, limits, createdAt, updatedAt, version } =
    project;
  return {
    id,
    name,
    description,
    superAdmin,
    active,
    settings: { ...settings },
    limits,
    createdAt,
    updatedAt,
    version,
    explain: explain(project),
  };
}

function explain(project: Project): string[] {
  const { active, superAdmin, settings } = project;
  const { passwordMinimum, onBehalfOfWithinOwnPolicy, secondFactorRequired } = settings;
  return [
    active
      ? 'The project is active: its members and clients can get tokens.'
      : 'The project is deactivated: nobody signs in here, and nothing that was issued here works until it is activated.',
    ...(superAdmin ? ['It is a project of super admins: its admins look after the whole server.'] : []),
    passwordMinimum < 15
      ? `Passwords of its users need ${passwordMinimum} characters, which is below what NIST SP 800-63B-4 asks for a password that is the only factor (15).`
      : `Passwords of its users need ${passwordMinimum} characters.`,
    onBehalfOfWithinOwnPolicy
      ? 'Whoever acts on behalf of a member reaches only what its own policy opens too.'
      : 'An admin who acts on behalf of a member reaches all that the member may; others only what their own policy opens too.',
    ...(secondFactorRequired ? ['Its members need a second factor to sign in with a password.'] : []),
    ...explainLimits(project.limits),
  ];
}

const limitWords = {
  clientTokens: (count: number) => `One client gets at most ${count} tokens a minute for itself.`,
  memberFhirPoints: (count: number) => `One member has ${count} points a minute at the FHIR door.`,
  projectTokens: (count: number) =>
    `All clients together get at most ${count} tokens a minute for themselves.`,
  projectFhirPoints: (count: number) =>
    `All members together have ${count} points a minute at the FHIR door.`,
};

function explainLimits(limits: ProjectLimits): string[] {
  const names = Object.keys(limitWords) as (keyof typeof limitWords)[];
  return names.flatMap((name) => (limits[name] === null ? [] : [limitWords[name](limits[name])]));
}
