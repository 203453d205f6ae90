import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { ProjectId } from '../kernel/ids.js';

/** A project's own mail server, without its password. */
export interface OwnMailServer {
  readonly host: string;
  readonly port: number;
  /** TLS from the first byte; else STARTTLS, which is demanded. */
  readonly implicitTls: boolean;
  readonly user: string | null;
  /** The address that mail comes from. */
  readonly from: string;
}

/** How a project's mail looks, and by which mail server it leaves. What is `null` is as the server has it. */
@Entity('email_settings')
export class EmailSettings {
  @PrimaryColumn('uuid', { name: 'project_id', primaryKeyConstraintName: 'pk_email_settings' })
  projectId: ProjectId;

  @Column('text', { name: 'sender_name', nullable: true })
  senderName: string | null;

  /** The language for readers whose own is not known. */
  @Column('text', { nullable: true })
  locale: string | null;

  /** Of the button, `#rrggbb`; white text can be read on it. */
  @Column('text', { nullable: true })
  colour: string | null;

  @Column('jsonb', { name: 'mail_server', nullable: true })
  mailServer: OwnMailServer | null;

  @Column('text', { name: 'sealed_password', nullable: true })
  sealedPassword: string | null;

  @Column('timestamptz', { name: 'updated_at' })
  updatedAt: Date;

  @Column('integer', { default: 1 })
  version: number;
}
