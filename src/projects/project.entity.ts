import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { ProjectId } from '../kernel/ids.js';
import { type ProjectLimits, projectLimits } from './project-limits.js';
import { type ProjectSettings, projectSettings } from './project-settings.js';

/** A tenant. Everything above this folder belongs to one, or to the server. */
@Entity('project')
export class Project {
  @PrimaryColumn('uuid', { primaryKeyConstraintName: 'pk_project' })
  id: ProjectId;

  @Column('text')
  name: string;

  @Column('text', { default: '' })
  description: string;

  /** Its admins are super admins: they look after the whole server. Decided at creation. */
  @Column('boolean', { name: 'super_admin', default: false })
  superAdmin: boolean;

  /** While false nobody signs in here and nothing that was issued here works. */
  @Column('boolean', { default: true })
  active: boolean;

  @Column('jsonb', {
    default: {},
    transformer: {
      to: (settings: ProjectSettings) => settings,
      from: (stored: unknown) => projectSettings.parse(stored),
    },
  })
  settings: ProjectSettings;

  /** What may be used up in a minute, where the configuration is not to say. */
  @Column('jsonb', {
    default: {},
    transformer: {
      to: (limits: ProjectLimits) => limits,
      from: (stored: unknown) => projectLimits.parse(stored),
    },
  })
  limits: ProjectLimits;

  @Column('timestamptz', { name: 'created_at' })
  createdAt: Date;

  @Column('timestamptz', { name: 'updated_at' })
  updatedAt: Date;

  @Column('integer', { default: 1 })
  version: number;

  /** The profile that wrote this version, as `Type/id`; `null` for the server itself. */
  @Column('text', { nullable: true })
  author?: string | null;
}
