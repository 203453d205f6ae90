import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import type { ClientId } from '../kernel/ids.js';

/** A client assertion that was used (RFC 7523 section 3): its `jti` opens nothing again while it would be valid. */
@Entity('client_assertion')
@Index('ix_client_assertion_expiry', ['expiresAt'])
export class ClientAssertion {
  @PrimaryColumn('uuid', { name: 'client_id', primaryKeyConstraintName: 'pk_client_assertion' })
  clientId: ClientId;

  /** SHA-256 of the `jti`. */
  @PrimaryColumn('bytea', { name: 'jti_hash', primaryKeyConstraintName: 'pk_client_assertion' })
  jtiHash: Buffer;

  /** From then on the assertion is refused for its age. */
  @Column('timestamptz', { name: 'expires_at' })
  expiresAt: Date;
}
