import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { ProjectId } from '../kernel/ids.js';
import type { MailKind } from './mail-kinds.js';

const key = { primaryKeyConstraintName: 'pk_email_template' };

/** A project's own words for one kind of mail in one language: plain text with `{variables}`. */
@Entity('email_template')
export class EmailTemplate {
  @PrimaryColumn('uuid', { name: 'project_id', ...key })
  projectId: ProjectId;

  @PrimaryColumn('text', key)
  kind: MailKind;

  @PrimaryColumn('text', key)
  language: string;

  @Column('text')
  subject: string;

  @Column('text')
  heading: string;

  /** Paragraphs, with empty lines between them. */
  @Column('text')
  body: string;

  /** Of the button, in mails that have one; `null`: the server's words. */
  @Column('text', { nullable: true })
  button: string | null;

  @Column('timestamptz', { name: 'updated_at' })
  updatedAt: Date;
}
