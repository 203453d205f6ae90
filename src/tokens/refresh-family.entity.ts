import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import type { ClientId, LoginId, ProjectId } from '../kernel/ids.js';
import type { FamilyId } from './refresh-token.js';

/**
 * The chain of refresh tokens of one login. Only the hashes of the newest token and the one before are kept; the
 * family ends with its login, when it idles too long, or at its absolute end.
 */
@Entity('refresh_family')
@Index('uq_refresh_family_login', ['loginId'], { unique: true })
@Index('ix_refresh_family_expiry', ['expiresAt'])
export class RefreshFamily {
  @PrimaryColumn('uuid', { primaryKeyConstraintName: 'pk_refresh_family' })
  id: FamilyId;

  @Column('uuid', { name: 'login_id' })
  loginId: LoginId;

  @Column('uuid', { name: 'client_id' })
  clientId: ClientId;

  @Column('uuid', { name: 'project_id', nullable: true })
  projectId: ProjectId | null;

  /** Began with client authentication, so every refresh needs it too (rulings 6). */
  @Column('boolean')
  authenticated: boolean;

  @Column('integer')
  generation: number;

  @Column('bytea', { name: 'current_hash' })
  currentHash: Buffer;

  @Column('bytea', { name: 'previous_hash', nullable: true })
  previousHash: Buffer | null;

  @Column('timestamptz', { name: 'rotated_at' })
  rotatedAt: Date;

  @Column('timestamptz', { name: 'created_at' })
  createdAt: Date;

  @Column('timestamptz', { name: 'idle_expires_at' })
  idleExpiresAt: Date;

  @Column('timestamptz', { name: 'expires_at' })
  expiresAt: Date;
}
