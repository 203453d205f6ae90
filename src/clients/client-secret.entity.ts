import { Check, Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import type { ClientId, Id } from '../kernel/ids.js';
import { ClientApplication } from './client-application.entity.js';

/** What is kept of a client secret. A client has at most two: the current one, and one that is being retired. */
@Entity('client_secret')
@Index('uq_client_secret_state', ['clientId', 'state'], { unique: true })
@Check('ck_client_secret_state', `state IN ('current', 'retiring')`)
export class ClientSecret {
  @PrimaryColumn('uuid', { primaryKeyConstraintName: 'pk_client_secret' })
  id: Id<'ClientSecret'>;

  @Column('uuid', { name: 'client_id' })
  @ForeignKey(() => ClientApplication, { name: 'fk_client_secret_client', onDelete: 'CASCADE' })
  clientId: ClientId;

  @Column('text')
  state: 'current' | 'retiring';

  /** SHA-256 of the 256-bit secret. */
  @Column('bytea')
  hash: Buffer;

  @Column('timestamptz', { name: 'created_at' })
  createdAt: Date;

  /** Only of a retiring secret: from then on it opens nothing. */
  @Column('timestamptz', { name: 'expires_at', nullable: true })
  expiresAt: Date | null;
}
