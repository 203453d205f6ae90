import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import type { ClientId, UserId } from '../kernel/ids.js';

/** What a person allowed a client to have; remembered per person and client. */
@Entity('consent')
@Index('uq_consent_user_client', ['userId', 'clientId'], { unique: true })
export class Consent {
  @PrimaryColumn('uuid', { primaryKeyConstraintName: 'pk_consent' })
  id: string;

  @Column('uuid', { name: 'user_id' })
  userId: UserId;

  @Column('uuid', { name: 'client_id' })
  clientId: ClientId;

  @Column('text', { array: true })
  scope: string[];

  @Column('timestamptz', { name: 'granted_at' })
  grantedAt: Date;
}
