import { Field, ID, Int, ObjectType } from '@nestjs/graphql';
import type { Project } from '../projects/project.entity.js';
import { connectionOf } from './connection.view.js';

@ObjectType('ProjectSettings')
export class ProjectSettingsView {
  @Field(() => Int, { description: 'Least characters of a password that is the only factor.' })
  passwordMinimum: number;
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
  const { id, name, description, superAdmin, active, settings, createdAt, updatedAt, version } = project;
  return {
    id,
    name,
    description,
    superAdmin,
    active,
    settings: { passwordMinimum: settings.passwordMinimum },
    createdAt,
    updatedAt,
    version,
    explain: explain(project),
  };
}

function explain({ active, superAdmin, settings: { passwordMinimum } }: Project): string[] {
  return [
    active
      ? 'The project is active: its members and clients can get tokens.'
      : 'The project is deactivated: nobody signs in here, and nothing that was issued here works until it is activated.',
    ...(superAdmin ? ['It is a project of super admins: its admins look after the whole server.'] : []),
    passwordMinimum < 15
      ? `Passwords of its users need ${passwordMinimum} characters, which is below what NIST SP 800-63B-4 asks for a password that is the only factor (15).`
      : `Passwords of its users need ${passwordMinimum} characters.`,
  ];
}
